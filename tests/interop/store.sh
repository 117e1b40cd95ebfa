# A mail delivery agent: stores its standard input as the next file of the folder $1.
exec cat > "$1/$(printf %04d "$(ls "$1" | wc -l)")"
