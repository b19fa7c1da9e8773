BEGIN;

CREATE TABLE guild_setting (                    -- a guild without a row has the defaults
    guild_id INTEGER PRIMARY KEY,
    time_zone TEXT NOT NULL DEFAULT 'UTC',      -- IANA name
    week_starts_on INTEGER NOT NULL DEFAULT 0 CHECK (week_starts_on BETWEEN 0 AND 6),  -- 0 is Monday
    weekly_allowance INTEGER CHECK (weekly_allowance >= 0),                            -- NULL: the operator's default
    images_at_once INTEGER CHECK (images_at_once >= 1),                                -- NULL: the operator's default
    member_images_at_once INTEGER CHECK (member_images_at_once >= 1),                  -- NULL: the operator's default
    notify_when_done INTEGER NOT NULL DEFAULT 1 CHECK (notify_when_done IN (0, 1))
) STRICT;

CREATE TABLE account (                          -- a projection of ledger_entry, kept by its trigger
    guild_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    allowance INTEGER NOT NULL DEFAULT 0 CHECK (allowance >= 0),  -- left of the current period, whole credits
    grants INTEGER NOT NULL DEFAULT 0 CHECK (grants >= 0),        -- stay until spent, whole credits
    period_start INTEGER NOT NULL DEFAULT 0,                      -- of the period that `allowance` belongs to
    PRIMARY KEY (guild_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE request (
    id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,                -- where it was asked
    user_id INTEGER NOT NULL,
    interaction_id INTEGER NOT NULL UNIQUE,     -- a repeated event makes no second request
    prompt TEXT NOT NULL CHECK (length(prompt) BETWEEN 1 AND 10000),
    aspect_ratio TEXT NOT NULL
        CHECK (aspect_ratio IN ('1:1', '2:3', '3:2', '3:4', '4:3', '4:5', '5:4', '9:16', '16:9', '21:9', 'auto')),
    resolution TEXT NOT NULL CHECK (resolution IN ('1K', '2K', '4K')),
    output_format TEXT NOT NULL CHECK (output_format IN ('png', 'jpg')),
    image_count INTEGER NOT NULL CHECK (image_count BETWEEN 1 AND 4),
    spoiler INTEGER NOT NULL CHECK (spoiler IN (0, 1)),
    card_channel_id INTEGER,                    -- the card may have moved to another place than channel_id
    card_message_id INTEGER,
    cards_posted INTEGER NOT NULL DEFAULT 0,    -- makes the nonce of the next card that has to be posted anew
    revision INTEGER NOT NULL DEFAULT 1,        -- counts what the card has to show ...
    shown_revision INTEGER NOT NULL DEFAULT 0,  -- ... and what it showed last
    notice_attempted_at INTEGER,                -- when the member was first told that the request is finished
    notice_needed INTEGER NOT NULL DEFAULT 1 CHECK (notice_needed IN (0, 1)),
    created_at INTEGER NOT NULL,
    CHECK ((card_channel_id IS NULL) = (card_message_id IS NULL))
) STRICT;
CREATE INDEX request_to_show ON request (id) WHERE revision <> shown_revision OR notice_needed;

CREATE TABLE job (
    id INTEGER PRIMARY KEY,
    request_id INTEGER NOT NULL REFERENCES request (id),
    guild_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    position INTEGER NOT NULL CHECK (position BETWEEN 1 AND 4),
    state TEXT NOT NULL CHECK (state IN ('queued', 'submitting', 'uncertain', 'running', 'delivering',
                                         'delivered', 'undelivered', 'failed', 'cancelled')),
    price INTEGER NOT NULL CHECK (price > 0),   -- whole credits, as quoted
    remote_task_id TEXT UNIQUE,
    attempts INTEGER NOT NULL DEFAULT 0,        -- creates sent for it
    failure_kind TEXT,
    failure_text TEXT,                          -- the provider's own words, at most 300 characters
    result_url TEXT,
    result_sha256 TEXT,
    result_type TEXT CHECK (result_type IN ('png', 'jpeg', 'webp')),
    result_size_bytes INTEGER,
    result_width INTEGER,
    result_height INTEGER,
    attachment_id INTEGER,                      -- of the picture on the card
    attachment_name TEXT,
    posted_size_bytes INTEGER,                  -- where the card shows a smaller JPEG instead of the original
    posted_width INTEGER,
    posted_height INTEGER,
    parent_job_id INTEGER REFERENCES job (id),
    root_job_id INTEGER REFERENCES job (id),
    queued_at INTEGER NOT NULL,
    submitting_at INTEGER,
    uncertain_at INTEGER,
    running_at INTEGER,
    delivering_at INTEGER,
    delivered_at INTEGER,
    undelivered_at INTEGER,
    failed_at INTEGER,
    cancelled_at INTEGER,
    UNIQUE (request_id, position),
    CHECK (state NOT IN ('running', 'delivering', 'delivered') OR remote_task_id IS NOT NULL),
    CHECK ((state = 'failed') <= (failure_kind IS NOT NULL))
) STRICT;
CREATE INDEX job_live ON job (guild_id, user_id, id)
    WHERE state IN ('queued', 'submitting', 'uncertain', 'running', 'delivering');
CREATE INDEX job_finished ON job (delivering_at) WHERE delivering_at IS NOT NULL;

CREATE TRIGGER job_changes_what_the_card_shows AFTER UPDATE OF state ON job
BEGIN
    UPDATE request SET revision = revision + 1 WHERE id = NEW.request_id;
END;

CREATE TABLE reference (
    id INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE,                -- stored once however often it is used
    image_type TEXT NOT NULL CHECK (image_type IN ('png', 'jpeg', 'webp')),
    size_bytes INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    last_needed_at INTEGER NOT NULL,
    provider_url TEXT,                          -- our copy at the provider, kept there for 3 days
    provider_url_at INTEGER
) STRICT;

CREATE TABLE request_reference (
    request_id INTEGER NOT NULL REFERENCES request (id),
    position INTEGER NOT NULL CHECK (position BETWEEN 1 AND 8),
    reference_id INTEGER NOT NULL REFERENCES reference (id),
    attachment_id INTEGER,                      -- the member's upload it came from
    PRIMARY KEY (request_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX request_reference_by_reference ON request_reference (reference_id);

CREATE TABLE ledger_entry (                     -- append-only; a balance is the sum of its entries
    id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    job_id INTEGER REFERENCES job (id),
    kind TEXT NOT NULL CHECK (kind IN ('allowance', 'grant', 'reserve', 'settle', 'refund', 'adjust', 'expire')),
    amount INTEGER NOT NULL,                    -- whole credits; settle gives back reserved minus actual
    allowance_part INTEGER NOT NULL DEFAULT 0,  -- the share of amount that belongs to a period; the rest to grants
    period_start INTEGER,                       -- the period of allowance_part
    actor_id INTEGER,                           -- who did it, where it was not the bot by itself
    note TEXT,
    created_at INTEGER NOT NULL,
    CHECK ((kind IN ('reserve', 'settle', 'refund')) = (job_id IS NOT NULL)),
    CHECK (kind <> 'reserve' OR amount < 0),
    CHECK (allowance_part = 0 OR period_start IS NOT NULL),
    CHECK (kind NOT IN ('allowance', 'expire') OR allowance_part = amount)
) STRICT;
CREATE UNIQUE INDEX one_reserve_per_job ON ledger_entry (job_id) WHERE kind = 'reserve';
CREATE UNIQUE INDEX one_close_per_job ON ledger_entry (job_id) WHERE kind IN ('settle', 'refund');
CREATE INDEX ledger_entry_by_account ON ledger_entry (guild_id, user_id, id);

CREATE TRIGGER ledger_entry_moves_the_balance AFTER INSERT ON ledger_entry
BEGIN
    UPDATE account
    SET allowance = allowance + NEW.allowance_part, grants = grants + NEW.amount - NEW.allowance_part
    WHERE guild_id = NEW.guild_id AND user_id = NEW.user_id;
    SELECT RAISE(ABORT, 'ledger entry without an account') WHERE changes() = 0;
END;
CREATE TRIGGER ledger_entry_is_never_changed BEFORE UPDATE ON ledger_entry
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;
CREATE TRIGGER ledger_entry_is_never_deleted BEFORE DELETE ON ledger_entry
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;

CREATE TABLE pending_card (                     -- a card that was announced while its references were still being read
    interaction_id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    message_id INTEGER,                         -- NULL: the answer to the first response was not seen
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE operator_alert (                   -- what the operator was told and is not over yet
    kind TEXT PRIMARY KEY,
    raised_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE command_sync (                     -- what Discord was told about our commands, to tell it only changes
    application_id INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL
) STRICT;

PRAGMA user_version = 1;
COMMIT;
