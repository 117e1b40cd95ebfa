pop3lab faults cut-after
pop3lab faults cut-afte
