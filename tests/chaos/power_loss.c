/* Remembers, for the files below one folder, what a power cut would take back: what was written, and not synced since.
 *
 * Preloaded into a bot. POWER_LOSS_ROOT is the folder, POWER_LOSS_LOG one beside it (on the same file system) where
 * `log` grows by one record before each change, and what would be lost for good (a file replaced or removed) keeps a
 * second name. power_loss.py reads the log after the bot was killed, and takes back what was not synced.
 *
 * Not seen: changes through mmap (SQLite's -shm file, which it makes anew after a crash) and by processes that the
 * bot starts, as they get none of its environment.
 */
#define _GNU_SOURCE
#pragma GCC diagnostic ignored "-Wformat-truncation" /* a path too long is none of ours */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { WRITTEN = 1, SYNCED, CREATED, RENAMED, REMOVED, FOLDER_SYNCED, FOLDER_MADE };

struct record {
    uint32_t kind;
    uint32_t name_bytes;  /* "path\0" or "from\0to\0" */
    uint64_t inode;       /* of the file, or of the folder synced */
    uint64_t offset;      /* WRITTEN: where; SYNCED: how long the log was when the sync began */
    uint64_t size_before; /* WRITTEN: of the whole file */
    uint64_t data_bytes;  /* WRITTEN: of what was there before */
    uint64_t kept_as;     /* RENAMED over, REMOVED: the number of the file's second name; 0 for none */
};

#define MOST_FILES 65536
static _Atomic unsigned char is_ours[MOST_FILES];
static int log_file = -1;
static char root[PATH_MAX], kept_in[PATH_MAX];
static size_t root_length;
static pthread_once_t begun = PTHREAD_ONCE_INIT;

#define REAL(name) static __typeof__(name) *real_##name; if (!real_##name) real_##name = dlsym(RTLD_NEXT, #name)

static void begin(void) {
    const char *folder = getenv("POWER_LOSS_LOG"), *below = getenv("POWER_LOSS_ROOT");
    char path[PATH_MAX];
    if (!folder || !below || !realpath(below, root)) return;
    root_length = strlen(root);
    snprintf(kept_in, sizeof kept_in, "%s", folder);
    snprintf(path, sizeof path, "%s/log", folder);
    REAL(open64);
    int opened = real_open64(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    log_file = fcntl(opened, F_DUPFD_CLOEXEC, 1000); /* out of the way of numbers that others hand out */
    close(opened);
}

/* Make `path` whole, without following its last name; tell whether it is ours. */
static int is_below(int at, const char *path, char *whole) {
    pthread_once(&begun, begin);
    if (log_file < 0 || !path) return 0;
    char folder[PATH_MAX], base[PATH_MAX], link[64], given[PATH_MAX];
    if (path[0] == '/') {
        snprintf(given, sizeof given, "%s", path);
    } else if (at == AT_FDCWD) {
        if (!getcwd(folder, sizeof folder)) return 0;
        snprintf(given, sizeof given, "%s/%s", folder, path);
    } else {
        snprintf(link, sizeof link, "/proc/self/fd/%d", at);
        ssize_t length = readlink(link, folder, sizeof folder - 1);
        if (length < 0) return 0;
        folder[length] = 0;
        snprintf(given, sizeof given, "%s/%s", folder, path);
    }
    char *slash = strrchr(given, '/');
    snprintf(base, sizeof base, "%s", slash + 1);
    *slash = 0;
    if (!realpath(*given ? given : "/", folder)) return 0;
    snprintf(whole, PATH_MAX, "%s/%s", folder, base);
    return !strncmp(whole, root, root_length) && whole[root_length] == '/';
}

static int is_shared_memory(const char *path) {
    size_t length = strlen(path);
    return length > 4 && !strcmp(path + length - 4, "-shm");
}

static void note(struct record *record, const char *from, const char *to, const void *data) {
    int error = errno;
    struct iovec parts[4] = {{record, sizeof *record}};
    int count = 1;
    for (const char *name = from; name; name = name == from ? to : NULL) {
        parts[count].iov_base = (void *)name;
        parts[count++].iov_len = strlen(name) + 1;
        record->name_bytes += strlen(name) + 1;
    }
    if (record->data_bytes) {
        parts[count].iov_base = (void *)data;
        parts[count++].iov_len = record->data_bytes;
    }
    if (writev(log_file, parts, count) < 0) abort(); /* a log with holes would prove nothing */
    errno = error;
}

/* Give the file a second name beside the log, so that it can come back. */
static uint64_t keep(const char *path) {
    static _Atomic uint64_t number;
    char kept[PATH_MAX];
    struct stat found;
    if (lstat(path, &found) || !S_ISREG(found.st_mode)) return 0;
    for (;;) { /* more than one bot writes here, one after another */
        uint64_t next = ((uint64_t)getpid() << 32) + ++number;
        snprintf(kept, sizeof kept, "%s/%llu", kept_in, (unsigned long long)next);
        if (!link(path, kept)) return next;
        if (errno != EEXIST) return 0;
    }
}

static void note_change(int fd, uint64_t offset, uint64_t length) {
    struct stat found;
    if (fstat(fd, &found) || !S_ISREG(found.st_mode)) return;
    struct record record = {.kind = WRITTEN, .inode = found.st_ino, .offset = offset, .size_before = found.st_size};
    uint64_t end = offset + length < offset ? UINT64_MAX : offset + length;
    if (end > record.size_before) end = record.size_before;
    char *before = NULL;
    if (end > offset) {
        char own[64];
        snprintf(own, sizeof own, "/proc/self/fd/%d", fd); /* ours may be open for writing alone */
        REAL(open64);
        int reader = real_open64(own, O_RDONLY | O_CLOEXEC);
        before = malloc(end - offset);
        ssize_t got = reader < 0 || !before ? -1 : pread(reader, before, end - offset, offset);
        if (got < 0) abort();
        record.data_bytes = got;
        close(reader);
    }
    note(&record, NULL, NULL, before);
    free(before);
}

static int ours(int fd) { return fd >= 0 && fd < MOST_FILES && is_ours[fd]; }

static void note_appended(int fd, size_t length) {
    struct stat found;
    int flags = fcntl(fd, F_GETFL);
    if (fstat(fd, &found)) return;
    note_change(fd, flags & O_APPEND ? found.st_size : lseek(fd, 0, SEEK_CUR), length);
}

static int opened(int at, const char *path, int flags, mode_t mode) {
    REAL(openat64);
    char whole[PATH_MAX];
    int writes = (flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC);
    if ((flags & O_TMPFILE) == O_TMPFILE || !writes || !is_below(at, path, whole) || is_shared_memory(whole))
        return real_openat64(at, path, flags, mode);
    struct stat found;
    int is_there = !lstat(whole, &found);
    if (is_there && S_ISREG(found.st_mode) && flags & O_TRUNC && found.st_size) {
        int first = real_openat64(at, path, O_WRONLY | O_CLOEXEC, 0);
        if (first >= 0) {
            note_change(first, 0, UINT64_MAX);
            close(first);
        }
    }
    if (!is_there && flags & O_CREAT) {
        struct record record = {.kind = CREATED};
        note(&record, whole, NULL, NULL);
    }
    int fd = real_openat64(at, path, flags, mode);
    if (fd >= 0 && fd < MOST_FILES) is_ours[fd] = 1;
    return fd;
}

#define MODE_OF(flags) \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { \
        va_list more; \
        va_start(more, flags); \
        mode = va_arg(more, mode_t); \
        va_end(more); \
    }

int open(const char *path, int flags, ...) { MODE_OF(flags) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE_OF(flags) return opened(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE_OF(flags) return opened(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE_OF(flags) return opened(at, path, flags, mode); }

int close(int fd) {
    REAL(close);
    if (fd >= 0 && fd < MOST_FILES) is_ours[fd] = 0;
    return real_close(fd);
}

ssize_t write(int fd, const void *data, size_t length) {
    REAL(write);
    if (ours(fd)) note_appended(fd, length);
    return real_write(fd, data, length);
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) {
    REAL(pwrite);
    if (ours(fd)) note_change(fd, offset, length);
    return real_pwrite(fd, data, length, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) {
    REAL(pwrite64);
    if (ours(fd)) note_change(fd, offset, length);
    return real_pwrite64(fd, data, length, offset);
}

ssize_t sendfile(int to, int from, off_t *offset, size_t length) {
    REAL(sendfile);
    if (ours(to)) note_appended(to, length);
    return real_sendfile(to, from, offset, length);
}

ssize_t sendfile64(int to, int from, off64_t *offset, size_t length) {
    REAL(sendfile64);
    if (ours(to)) note_appended(to, length);
    return real_sendfile64(to, from, offset, length);
}

int ftruncate(int fd, off_t length) {
    REAL(ftruncate);
    if (ours(fd)) note_change(fd, length, UINT64_MAX);
    return real_ftruncate(fd, length);
}

int ftruncate64(int fd, off64_t length) {
    REAL(ftruncate64);
    if (ours(fd)) note_change(fd, length, UINT64_MAX);
    return real_ftruncate64(fd, length);
}

static int synced(int fd, int (*sync)(int)) {
    struct stat found;
    char own[64], whole[PATH_MAX];
    pthread_once(&begun, begin);
    snprintf(own, sizeof own, "/proc/self/fd/%d", fd); /* a folder, or a file that was opened to be read */
    ssize_t length = log_file < 0 ? -1 : readlink(own, whole, sizeof whole - 1);
    if (length < (ssize_t)root_length || strncmp(whole, root, root_length) || fstat(fd, &found)) return sync(fd);
    uint64_t begins = lseek(log_file, 0, SEEK_END);
    int status = sync(fd);
    if (!status) {
        struct record record = {.kind = S_ISDIR(found.st_mode) ? FOLDER_SYNCED : SYNCED, .inode = found.st_ino};
        record.offset = begins;
        note(&record, NULL, NULL, NULL);
    }
    return status;
}

int fsync(int fd) {
    REAL(fsync);
    return synced(fd, real_fsync);
}

int fdatasync(int fd) {
    REAL(fdatasync);
    return synced(fd, real_fdatasync);
}

static void note_rename(int from_at, const char *from, int to_at, const char *to) {
    char old[PATH_MAX], new[PATH_MAX];
    if (!is_below(from_at, from, old) || !is_below(to_at, to, new)) return;
    struct record record = {.kind = RENAMED, .kept_as = keep(new)};
    note(&record, old, new, NULL);
}

int rename(const char *from, const char *to) {
    REAL(rename);
    note_rename(AT_FDCWD, from, AT_FDCWD, to);
    return real_rename(from, to);
}

int renameat(int from_at, const char *from, int to_at, const char *to) {
    REAL(renameat);
    note_rename(from_at, from, to_at, to);
    return real_renameat(from_at, from, to_at, to);
}

static void note_removal(int at, const char *path) {
    char whole[PATH_MAX];
    if (!is_below(at, path, whole) || is_shared_memory(whole)) return;
    struct record record = {.kind = REMOVED, .kept_as = keep(whole)};
    if (record.kept_as) note(&record, whole, NULL, NULL);
}

int unlink(const char *path) {
    REAL(unlink);
    note_removal(AT_FDCWD, path);
    return real_unlink(path);
}

int unlinkat(int at, const char *path, int flags) {
    REAL(unlinkat);
    if (!(flags & AT_REMOVEDIR)) note_removal(at, path);
    return real_unlinkat(at, path, flags);
}

int linkat(int from_at, const char *from, int to_at, const char *to, int flags) {
    REAL(linkat);
    char whole[PATH_MAX];
    int status = real_linkat(from_at, from, to_at, to, flags);
    if (!status && is_below(to_at, to, whole)) {
        struct record record = {.kind = CREATED};
        note(&record, whole, NULL, NULL);
    }
    return status;
}

int link(const char *from, const char *to) {
    REAL(link);
    char whole[PATH_MAX];
    int status = real_link(from, to);
    if (!status && is_below(AT_FDCWD, to, whole)) {
        struct record record = {.kind = CREATED};
        note(&record, whole, NULL, NULL);
    }
    return status;
}

int mkdir(const char *path, mode_t mode) {
    REAL(mkdir);
    char whole[PATH_MAX];
    int status = real_mkdir(path, mode);
    if (!status && is_below(AT_FDCWD, path, whole)) {
        struct record record = {.kind = FOLDER_MADE};
        note(&record, whole, NULL, NULL);
    }
    return status;
}
