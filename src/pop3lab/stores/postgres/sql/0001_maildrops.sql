-- Maildrops, their messages, and who has which maildrop open.

CREATE TABLE pop3lab.maildrop (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    next_seq bigint NOT NULL DEFAULT 1
);

-- A row of its own: a delivery that is stuck holds the row of the maildrop, and must not keep the
-- lease from being renewed. The epoch grows with each session and is never given twice.
CREATE TABLE pop3lab.lease (
    drop_id bigint PRIMARY KEY REFERENCES pop3lab.maildrop ON DELETE CASCADE,
    epoch bigint NOT NULL,
    holder text,
    until timestamptz
);

-- seq: the order. uid: what UIDL says, never that of another message.
CREATE TABLE pop3lab.message (
    drop_id bigint NOT NULL REFERENCES pop3lab.maildrop ON DELETE CASCADE,
    seq bigint NOT NULL,
    uid text NOT NULL,
    octets bigint NOT NULL,
    body uuid NOT NULL UNIQUE,
    chunks integer NOT NULL,
    sha256 bytea NOT NULL,
    received timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (drop_id, seq),
    UNIQUE (drop_id, uid)
);

-- The text as it is sent, in pieces. They are there before their message, in one transaction.
CREATE TABLE pop3lab.chunk (
    body uuid NOT NULL REFERENCES pop3lab.message (body) ON DELETE CASCADE
        DEFERRABLE INITIALLY DEFERRED,
    number integer NOT NULL,
    octets bytea NOT NULL,
    PRIMARY KEY (body, number)
);
ALTER TABLE pop3lab.chunk ALTER COLUMN octets SET STORAGE EXTERNAL;

-- The sessions whose deletions are done: what a server asks that lost its connection meanwhile.
CREATE TABLE pop3lab.outcome (
    drop_id bigint NOT NULL REFERENCES pop3lab.maildrop ON DELETE CASCADE,
    epoch bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (drop_id, epoch)
);
CREATE INDEX ON pop3lab.outcome (at);

-- The servers.
CREATE TABLE pop3lab.node (
    name text PRIMARY KEY,
    seen timestamptz NOT NULL
);
