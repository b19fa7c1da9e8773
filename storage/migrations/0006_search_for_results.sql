BEGIN;

-- Prompts are searched for the images made from them, so their words are indexed with the first of these: accepting a
-- request does not wait for it. FTS5's own table tells what the index holds; no entry may be added or removed twice.

DROP TRIGGER request_is_searched_for;
CREATE TRIGGER job_that_gets_a_result_is_searched_for AFTER UPDATE OF result_sha256 ON job
WHEN NEW.result_sha256 IS NOT NULL AND NOT EXISTS (SELECT 1 FROM prompt_index_docsize WHERE id = NEW.request_id)
BEGIN
    INSERT INTO prompt_index (rowid, prompt, owner)
    SELECT id, prompt, 'g' || guild_id || 'u' || user_id FROM request
    WHERE id = NEW.request_id AND forgotten_at IS NULL;
END;
CREATE TRIGGER job_that_comes_with_a_result_is_searched_for AFTER INSERT ON job
WHEN NEW.result_sha256 IS NOT NULL AND NOT EXISTS (SELECT 1 FROM prompt_index_docsize WHERE id = NEW.request_id)
BEGIN
    INSERT INTO prompt_index (rowid, prompt, owner)
    SELECT id, prompt, 'g' || guild_id || 'u' || user_id FROM request
    WHERE id = NEW.request_id AND forgotten_at IS NULL;
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
