BEGIN;

CREATE TABLE id_floor (                         -- set by a restore: ids up to here may stand on messages of lost rows
    name TEXT PRIMARY KEY CHECK (name IN ('request', 'job')),
    id INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE pending_card ADD COLUMN token TEXT;   -- of the interaction, where the card is private

PRAGMA user_version = 4;
COMMIT;
