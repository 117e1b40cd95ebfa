"""Mail in by SMTP and LMTP, with aiosmtpd. Nothing of it is imported unless it is asked for."""
