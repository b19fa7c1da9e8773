BEGIN;

-- What a guild decided for itself

ALTER TABLE guild_setting RENAME TO guild_setting_before;
CREATE TABLE guild_setting (                    -- a guild without a row has the defaults
    guild_id INTEGER PRIMARY KEY,
    time_zone TEXT NOT NULL DEFAULT 'UTC',      -- IANA name
    week_starts_on INTEGER NOT NULL DEFAULT 0 CHECK (week_starts_on BETWEEN 0 AND 6),  -- 0 is Monday
    images_at_once INTEGER CHECK (images_at_once >= 1),                                -- NULL: the operator's default
    member_images_at_once INTEGER CHECK (member_images_at_once >= 1),                  -- NULL: the operator's default
    notify_when_done INTEGER NOT NULL DEFAULT 1 CHECK (notify_when_done IN (0, 1)),
    highest_resolution TEXT NOT NULL DEFAULT '4K' CHECK (highest_resolution IN ('1K', '2K', '4K')),
    largest_count INTEGER NOT NULL DEFAULT 4 CHECK (largest_count BETWEEN 1 AND 4),
    remix_others INTEGER NOT NULL DEFAULT 1 CHECK (remix_others IN (0, 1)),
    queue_paused INTEGER NOT NULL DEFAULT 0 CHECK (queue_paused IN (0, 1)),
    log_channel_id INTEGER
) STRICT;
INSERT INTO guild_setting (guild_id, time_zone, week_starts_on, images_at_once, member_images_at_once, notify_when_done)
    SELECT guild_id, time_zone, week_starts_on, images_at_once, member_images_at_once, notify_when_done
    FROM guild_setting_before;

CREATE TABLE guild_role (                       -- roles that mean something to the bot
    guild_id INTEGER NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('allowed', 'moderator')),  -- no row of 'allowed': every member may ask
    role_id INTEGER NOT NULL,
    PRIMARY KEY (guild_id, purpose, role_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE channel_setting (                  -- NULL: as everywhere; a thread has its parent's
    guild_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    allowed INTEGER NOT NULL DEFAULT 0 CHECK (allowed IN (0, 1)),  -- no channel of a guild allowed: all are
    aspect_ratio TEXT
        CHECK (aspect_ratio IN ('1:1', '2:3', '3:2', '3:4', '4:3', '4:5', '5:4', '9:16', '16:9', '21:9', 'auto')),
    resolution TEXT CHECK (resolution IN ('1K', '2K', '4K')),
    output_format TEXT CHECK (output_format IN ('png', 'jpg')),
    spoiler INTEGER CHECK (spoiler IN (0, 1)),
    PRIMARY KEY (guild_id, channel_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE suspension (
    guild_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    until INTEGER,                              -- NULL: until a moderator ends it
    reason TEXT,
    set_by INTEGER NOT NULL,
    set_at INTEGER NOT NULL,
    PRIMARY KEY (guild_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE blocked_term (
    id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('word', 'pattern')),
    term TEXT NOT NULL CHECK (length(term) BETWEEN 1 AND 200),
    set_by INTEGER NOT NULL,
    set_at INTEGER NOT NULL,
    UNIQUE (guild_id, kind, term)
) STRICT;

-- Who may spend what

CREATE TABLE allowance_rule (
    guild_id INTEGER NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('default', 'role', 'member')),
    target_id INTEGER NOT NULL,                 -- the role or the member; 0 for the default
    kind TEXT NOT NULL CHECK (kind IN ('credits', 'unlimited', 'none')),
    amount INTEGER CHECK (amount > 0),          -- whole credits
    period TEXT CHECK (period IN ('day', 'week', 'month', 'never')),  -- how often they come back
    set_by INTEGER NOT NULL,
    set_at INTEGER NOT NULL,
    PRIMARY KEY (guild_id, scope, target_id),
    CHECK ((kind = 'credits') = (amount IS NOT NULL) AND (kind = 'credits') = (period IS NOT NULL)),
    CHECK ((scope = 'default') = (target_id = 0))
) STRICT, WITHOUT ROWID;
INSERT INTO allowance_rule (guild_id, scope, target_id, kind, amount, period, set_by, set_at)
    SELECT guild_id, 'default', 0, CASE weekly_allowance WHEN 0 THEN 'none' ELSE 'credits' END,
           nullif(weekly_allowance, 0), CASE weekly_allowance WHEN 0 THEN NULL ELSE 'week' END, 0, unixepoch()
    FROM guild_setting_before WHERE weekly_allowance IS NOT NULL;
DROP TABLE guild_setting_before;

CREATE TABLE pool (                             -- what all members together may spend in a period
    guild_id INTEGER NOT NULL,                  -- 0: over all guilds
    owner TEXT NOT NULL CHECK (owner IN ('guild', 'operator')),
    amount INTEGER NOT NULL CHECK (amount >= 0),
    period TEXT NOT NULL CHECK (period IN ('day', 'week', 'month', 'never')),
    set_by INTEGER NOT NULL,
    set_at INTEGER NOT NULL,
    PRIMARY KEY (guild_id, owner),
    CHECK (guild_id <> 0 OR owner = 'operator')
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_entry (                      -- who changed what, what a rule refused, what was made; never changed
    id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL,                  -- 0: what the operator changed for all guilds
    actor_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    target_id INTEGER,                          -- the member, role or channel it is about
    job_id INTEGER REFERENCES job (id),
    before TEXT,                                -- JSON; NULL: there was nothing before
    after TEXT,                                 -- JSON; NULL: there is nothing any more
    reason TEXT,
    created_at INTEGER NOT NULL,
    to_log INTEGER NOT NULL DEFAULT 0 CHECK (to_log IN (0, 1))  -- still has to be shown in the guild's log channel
) STRICT;
CREATE INDEX audit_entry_to_log ON audit_entry (guild_id, id) WHERE to_log;
CREATE INDEX audit_entry_by_kind ON audit_entry (guild_id, kind, target_id, id);

CREATE TRIGGER image_made_goes_to_the_log AFTER UPDATE OF state ON job
WHEN OLD.state = 'delivering' AND NEW.state IN ('delivered', 'undelivered') AND NEW.failure_kind IS NULL
BEGIN
    INSERT INTO audit_entry (guild_id, actor_id, kind, job_id, created_at, to_log)
    SELECT NEW.guild_id, NEW.user_id, 'image_made', NEW.id, coalesce(NEW.delivered_at, NEW.undelivered_at), 1
    FROM guild_setting WHERE guild_id = NEW.guild_id AND log_channel_id IS NOT NULL;
END;

-- The ledger: a share of the allowance belongs to the moment it was reserved, so any period can be recounted

ALTER TABLE account ADD COLUMN allowance_amount INTEGER CHECK (allowance_amount >= 0);
-- of the rule in force when the account was last looked at; NULL: without limit, or not looked at since this column

DROP TRIGGER ledger_entry_moves_the_balance;
ALTER TABLE ledger_entry RENAME TO ledger_entry_before;
CREATE TABLE ledger_entry (                     -- append-only; a balance is the sum of its entries
    id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    job_id INTEGER REFERENCES job (id),
    kind TEXT NOT NULL CHECK (kind IN ('allowance', 'grant', 'reserve', 'settle', 'refund', 'adjust', 'expire')),
    amount INTEGER NOT NULL,                    -- whole credits; settle gives back reserved minus actual
    allowance_part INTEGER NOT NULL DEFAULT 0,  -- the share of amount that belongs to the allowance; the rest to grants
    counts_at INTEGER NOT NULL,                 -- the moment whose period it counts in: a refund's is its reservation's
    actor_id INTEGER,                           -- who did it, where it was not the bot by itself
    note TEXT,
    created_at INTEGER NOT NULL,
    CHECK ((kind IN ('reserve', 'settle', 'refund')) = (job_id IS NOT NULL)),
    CHECK (kind <> 'reserve' OR amount < 0),
    CHECK (kind NOT IN ('allowance', 'expire') OR allowance_part = amount),
    CHECK (kind <> 'grant' OR (allowance_part = 0 AND amount > 0))
) STRICT;
INSERT INTO ledger_entry
    SELECT e.id, e.guild_id, e.user_id, e.job_id, e.kind, e.amount, e.allowance_part,
           coalesce((SELECT r.created_at FROM ledger_entry_before r WHERE r.job_id = e.job_id AND r.kind = 'reserve'),
                    e.created_at),
           e.actor_id, e.note, e.created_at
    FROM ledger_entry_before e ORDER BY e.id;
DROP TABLE ledger_entry_before;
CREATE UNIQUE INDEX one_reserve_per_job ON ledger_entry (job_id) WHERE kind = 'reserve';
CREATE UNIQUE INDEX one_close_per_job ON ledger_entry (job_id) WHERE kind IN ('settle', 'refund');
CREATE INDEX ledger_entry_by_account ON ledger_entry (guild_id, user_id, id);
CREATE INDEX ledger_entry_spending ON ledger_entry (guild_id, counts_at) WHERE kind IN ('reserve', 'refund');
CREATE INDEX allowance_used ON ledger_entry (guild_id, user_id, counts_at, allowance_part)
    WHERE kind IN ('reserve', 'refund', 'adjust') AND allowance_part <> 0;

CREATE TABLE spending (                         -- what images cost in each quarter of an hour: every zone's days
    guild_id INTEGER NOT NULL,                  -- begin with one; 0: over all guilds
    quarter INTEGER NOT NULL,                   -- Unix seconds / 900, of the reservation
    amount INTEGER NOT NULL,                    -- whole credits reserved and not refunded
    PRIMARY KEY (guild_id, quarter)
) STRICT, WITHOUT ROWID;
INSERT INTO spending SELECT guild_id, counts_at / 900, -sum(amount) FROM ledger_entry
    WHERE kind IN ('reserve', 'refund') GROUP BY guild_id, counts_at / 900;
INSERT INTO spending SELECT 0, quarter, sum(amount) FROM spending GROUP BY quarter;

CREATE TRIGGER ledger_entry_moves_the_balance AFTER INSERT ON ledger_entry
BEGIN
    UPDATE account
    SET allowance = allowance + NEW.allowance_part, grants = grants + NEW.amount - NEW.allowance_part
    WHERE guild_id = NEW.guild_id AND user_id = NEW.user_id;
    SELECT RAISE(ABORT, 'ledger entry without an account') WHERE changes() = 0;
END;
CREATE TRIGGER ledger_entry_is_spending AFTER INSERT ON ledger_entry WHEN NEW.kind IN ('reserve', 'refund')
BEGIN
    INSERT INTO spending (guild_id, quarter, amount)
    VALUES (NEW.guild_id, NEW.counts_at / 900, -NEW.amount), (0, NEW.counts_at / 900, -NEW.amount)
    ON CONFLICT DO UPDATE SET amount = amount + excluded.amount;
END;
CREATE TRIGGER ledger_entry_is_never_changed BEFORE UPDATE ON ledger_entry
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;
CREATE TRIGGER ledger_entry_is_never_deleted BEFORE DELETE ON ledger_entry
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;

CREATE INDEX job_by_time ON job (guild_id, queued_at);
CREATE INDEX job_failed ON job (failed_at) WHERE failed_at IS NOT NULL;
CREATE INDEX job_finished_by_guild ON job (guild_id, delivering_at) WHERE delivering_at IS NOT NULL;

PRAGMA user_version = 2;
COMMIT;
