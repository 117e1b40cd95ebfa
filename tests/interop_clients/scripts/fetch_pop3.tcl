# fetch_pop3.tcl plain|tls PORT CA: fetches all messages into out/ and deletes them.
package require pop3
package require tls

lassign $argv how port ca
if {$how eq "tls"} {
    tls::init -cafile $ca -require 1
    set box [pop3::open -socketcmd tls::socket localhost ann secret $port]
} else {
    set box [pop3::open localhost ann secret $port]
}
lassign [pop3::status $box] count
set number 0
foreach text [pop3::retrieve $box start end] {
    set out [open "out/[incr number]" wb]
    puts -nonewline $out $text
    close $out
}
pop3::delete $box start end
pop3::close $box
