BEGIN;

-- Prompts are searched for the images made from them, so their words are indexed with the first of these: accepting a
-- request does not wait for it. FTS5's own table tells what the index holds; no entry may be added or removed twice.

DROP TRIGGER request_is_searched_for;
CREATE TRIGGER job_with_a_result_is_searched_for AFTER UPDATE OF result_sha256 ON job
WHEN NEW.result_sha256 IS NOT NULL AND NOT EXISTS (SELECT 1 FROM prompt_index_docsize WHERE id = NEW.request_id)
BEGIN
    INSERT INTO prompt_index (rowid, prompt, owner)
    SELECT id, prompt, 'g' || guild_id || 'u' || user_id FROM request
    WHERE id = NEW.request_id AND forgotten_at IS NULL;
END;

-- A finished request that is brought here from another database. (A trigger on new jobs would make SQLite look through
-- the whole ledger for each, as it may hold rows that refer to them.)
CREATE TRIGGER request_with_a_card_is_searched_for AFTER INSERT ON request
WHEN NEW.shown_revision > 0 AND NEW.forgotten_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM prompt_index_docsize WHERE id = NEW.id)
BEGIN
    INSERT INTO prompt_index (rowid, prompt, owner)
    VALUES (NEW.id, NEW.prompt, 'g' || NEW.guild_id || 'u' || NEW.user_id);
END;

DROP TRIGGER request_is_forgotten;
CREATE TRIGGER request_is_forgotten AFTER UPDATE OF forgotten_at ON request
WHEN OLD.forgotten_at IS NULL AND NEW.forgotten_at IS NOT NULL
    AND EXISTS (SELECT 1 FROM prompt_index_docsize WHERE id = OLD.id)
BEGIN
    INSERT INTO prompt_index (prompt_index, rowid, prompt, owner)
    VALUES ('delete', OLD.id, OLD.prompt, 'g' || OLD.guild_id || 'u' || OLD.user_id);
END;

PRAGMA user_version = 6;
COMMIT;
