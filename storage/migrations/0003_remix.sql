BEGIN;

ALTER TABLE request ADD COLUMN private INTEGER NOT NULL DEFAULT 0 CHECK (private IN (0, 1));  -- for its member alone
ALTER TABLE request ADD COLUMN direct INTEGER NOT NULL DEFAULT 0 CHECK (direct IN (0, 1));    -- asked in direct messages
ALTER TABLE request ADD COLUMN parent_channel_id INTEGER;     -- of a thread or forum post
ALTER TABLE request ADD COLUMN private_thread INTEGER NOT NULL DEFAULT 0 CHECK (private_thread IN (0, 1));
ALTER TABLE request ADD COLUMN member_name TEXT NOT NULL DEFAULT '';   -- as the guild showed it then
ALTER TABLE request ADD COLUMN sheet_attachment_id INTEGER;   -- the small pictures of its references on the card;
ALTER TABLE request ADD COLUMN sheet_attachment_name TEXT;    -- 0 and '': they cannot be shown
ALTER TABLE request ADD COLUMN card_token TEXT;                -- of the interaction that a private card answers
CREATE INDEX request_with_token ON request (created_at) WHERE card_token IS NOT NULL;
ALTER TABLE request ADD COLUMN forgotten_at INTEGER;          -- its member wanted to be forgotten
CREATE INDEX request_by_size ON request (guild_id, user_id, resolution, id);
CREATE INDEX request_of_user ON request (user_id);

ALTER TABLE job ADD COLUMN deleted_at INTEGER;                -- the picture is gone, the record stays
ALTER TABLE job ADD COLUMN deleted_by INTEGER;
CREATE INDEX job_history ON job (guild_id, user_id, id) WHERE delivering_at IS NOT NULL;
CREATE INDEX job_remixes ON job (guild_id, user_id, id) WHERE delivering_at IS NOT NULL AND parent_job_id IS NOT NULL;
CREATE INDEX job_undelivered ON job (guild_id, user_id, id) WHERE state = 'undelivered' AND result_sha256 IS NOT NULL;
CREATE INDEX job_family ON job (root_job_id) WHERE root_job_id IS NOT NULL;
CREATE INDEX job_by_result ON job (result_sha256) WHERE result_sha256 IS NOT NULL;

ALTER TABLE request_reference ADD COLUMN source_job_id INTEGER REFERENCES job (id);  -- the image of ours it came from
ALTER TABLE reference ADD COLUMN removed_at INTEGER;          -- its file was removed, as nothing needed it any more
CREATE INDEX reference_by_age ON reference (last_needed_at) WHERE removed_at IS NULL;

-- Search: the words of prompts. `owner` is one word for guild and member, so that only their prompts are looked through

CREATE VIEW prompt_source AS SELECT id, prompt, 'g' || guild_id || 'u' || user_id AS owner FROM request;
CREATE VIRTUAL TABLE prompt_index USING fts5 (
    prompt, owner, content = 'prompt_source', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);
INSERT INTO prompt_index (prompt_index) VALUES ('rebuild');
CREATE TRIGGER request_is_searched_for AFTER INSERT ON request
BEGIN
    INSERT INTO prompt_index (rowid, prompt, owner)
    VALUES (NEW.id, NEW.prompt, 'g' || NEW.guild_id || 'u' || NEW.user_id);
END;
CREATE TRIGGER request_is_forgotten AFTER UPDATE OF forgotten_at ON request
WHEN OLD.forgotten_at IS NULL AND NEW.forgotten_at IS NOT NULL
BEGIN
    INSERT INTO prompt_index (prompt_index, rowid, prompt, owner)
    VALUES ('delete', OLD.id, OLD.prompt, 'g' || OLD.guild_id || 'u' || OLD.user_id);
END;

-- What members keep and like

CREATE TABLE preset (
    id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,                   -- whose it is; 0: the whole guild's
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 32),
    name_key TEXT NOT NULL,                     -- the name with case folded
    prompt TEXT NOT NULL CHECK (length(prompt) BETWEEN 1 AND 10000),
    aspect_ratio TEXT,                          -- NULL: what is usual where it is used
    resolution TEXT,
    output_format TEXT,
    image_count INTEGER CHECK (image_count BETWEEN 1 AND 4),
    set_by INTEGER NOT NULL,
    set_at INTEGER NOT NULL,
    lost_references INTEGER NOT NULL DEFAULT 0,  -- how many were erased, as the member who made them was forgotten
    UNIQUE (guild_id, user_id, name_key)
) STRICT;
CREATE TABLE preset_reference (
    preset_id INTEGER NOT NULL REFERENCES preset (id) ON DELETE CASCADE,
    position INTEGER NOT NULL CHECK (position BETWEEN 1 AND 8),
    reference_id INTEGER NOT NULL REFERENCES reference (id),
    PRIMARY KEY (preset_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX preset_reference_by_reference ON preset_reference (reference_id);

ALTER TABLE guild_setting ADD COLUMN gallery_channel_id INTEGER;                -- where starred images are shown
ALTER TABLE guild_setting ADD COLUMN star_threshold INTEGER NOT NULL DEFAULT 3 CHECK (star_threshold >= 1);
CREATE TABLE star (
    job_id INTEGER NOT NULL REFERENCES job (id),
    user_id INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (job_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX star_of_user ON star (user_id);
CREATE TABLE gallery_post (                     -- an image that reached the threshold is shown once, for ever
    job_id INTEGER PRIMARY KEY REFERENCES job (id),
    guild_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    message_id INTEGER,                         -- NULL: not known to be posted
    attempted_at INTEGER,
    closed_at INTEGER,                          -- it was posted, or never will be
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX gallery_post_open ON gallery_post (job_id) WHERE closed_at IS NULL;

CREATE TABLE repost (                           -- messages that show an image once more
    job_id INTEGER NOT NULL REFERENCES job (id),
    channel_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    PRIMARY KEY (job_id, message_id)
) STRICT, WITHOUT ROWID;

-- What takes several steps

CREATE TABLE open_form (                        -- what a form carries besides what is written into it
    interaction_id INTEGER PRIMARY KEY,         -- the one that opened it
    guild_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    facts TEXT NOT NULL,                        -- JSON
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX open_form_by_age ON open_form (created_at);

CREATE TABLE message_removal (                  -- messages of ours that still have to go from Discord
    channel_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    is_log INTEGER NOT NULL DEFAULT 0 CHECK (is_log IN (0, 1)),  -- it is to be told anew instead, without forgotten words
    PRIMARY KEY (channel_id, message_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE file_removal (                     -- files of the media folder that still have to be removed
    kind TEXT NOT NULL CHECK (kind IN ('result', 'reference')),
    sha256 TEXT NOT NULL,
    image_type TEXT NOT NULL,
    PRIMARY KEY (kind, sha256, image_type)
) STRICT, WITHOUT ROWID;

CREATE TABLE forgetting (                       -- members whose words and pictures are being erased
    user_id INTEGER PRIMARY KEY,
    nobody_id INTEGER NOT NULL,                 -- below 0: who their lines of the ledger belong to now
    up_to_request_id INTEGER NOT NULL,          -- what they ask for later is not touched
    created_at INTEGER NOT NULL
) STRICT;

ALTER TABLE audit_entry ADD COLUMN log_channel_id INTEGER;    -- the message of the log channel that shows it
ALTER TABLE audit_entry ADD COLUMN log_message_id INTEGER;
CREATE INDEX audit_entry_by_message ON audit_entry (log_message_id) WHERE log_message_id IS NOT NULL;
CREATE INDEX audit_entry_by_job ON audit_entry (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX audit_entry_of_presets ON audit_entry (actor_id) WHERE kind IN ('preset_saved', 'preset_deleted');

-- Whose lines of the ledger they are may be forgotten; what they say may not

DROP TRIGGER ledger_entry_is_never_changed;
CREATE TRIGGER ledger_entry_is_never_changed
BEFORE UPDATE OF id, guild_id, job_id, kind, amount, allowance_part, counts_at, actor_id, note, created_at ON ledger_entry
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;
CREATE TRIGGER ledger_entry_is_never_another_members BEFORE UPDATE OF user_id ON ledger_entry
WHEN NEW.user_id >= 0 OR OLD.user_id < 0
BEGIN
    SELECT RAISE(ABORT, 'a line of the ledger can only be made nobody''s');
END;

PRAGMA user_version = 3;
COMMIT;
