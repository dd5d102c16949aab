// A disk that fails, for one program: gcc -shared -fPIC -O1 -o shim.so shim.c -ldl -lpthread; LD_PRELOAD=shim.so.
//
//   FAULT_BELOW  only files below this folder count
//   FAULT_OPS    which operations count: write,open,rename,link,sync,read,unlink,mkdir,truncate,list,stat
//   FAULT_AT     the operation that fails, counted from 1
//   FAULT_DO     how: kill, short, or an error by its name: EIO, ENOSPC, EROFS, EMFILE, EACCES
//   FAULT_ON     if set, all operations after it fail, too
//   FAULT_COUNT  a file in which all processes count together: what counts, then each operation by itself
//   FAULT_SAY    a file that gets a line for the operation that failed
//   FAULT_LOG    a file that gets a record of each change, from which the state after a power cut is made
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *const NAMES[] = {"write", "open", "rename", "link", "sync", "read", "unlink", "mkdir", "truncate", "list", "stat"};
enum op { WRITE, OPEN, RENAME, LINK, SYNC, READ, UNLINK, MKDIR, TRUNCATE, LIST, STAT, OPS };
enum verdict { FINE, FAILS, SHORT };

static const struct { const char *name; int code; } ERRORS[] = {
  {"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EROFS", EROFS}, {"EMFILE", EMFILE}, {"EACCES", EACCES}};

static const char *below;
static size_t belowLength;
static int counts[OPS], onward, failWith, killAtN, shortAtN;
static uint64_t at;
static _Atomic uint64_t own[1 + OPS], *count = own;
static int say = -1, record = -1;
static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
static __thread int inside;

#define REAL(name, ...) ({ static __typeof__(&name) real; if (!real) real = (__typeof__(real))dlsym(RTLD_NEXT, #name); real(__VA_ARGS__); })

__attribute__((constructor)) static void begin(void) {
  const char *given = getenv("FAULT_BELOW");
  if (!given) return;
  const char *ops = getenv("FAULT_OPS"), *how = getenv("FAULT_DO"), *file;
  for (int i = 0; i < OPS; i++) counts[i] = !ops ? i != STAT : strstr(ops, NAMES[i]) != NULL;
  if (getenv("FAULT_AT")) at = strtoull(getenv("FAULT_AT"), NULL, 10);
  onward = getenv("FAULT_ON") != NULL;
  killAtN = how && !strcmp(how, "kill");
  shortAtN = how && !strcmp(how, "short");
  for (size_t i = 0; how && i < sizeof ERRORS / sizeof *ERRORS; i++)
    if (!strcmp(how, ERRORS[i].name)) failWith = ERRORS[i].code;
  inside = 1;
  if ((file = getenv("FAULT_SAY"))) say = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if ((file = getenv("FAULT_LOG"))) record = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if ((file = getenv("FAULT_COUNT"))) {
    int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd >= 0 && !ftruncate(fd, sizeof own)) {
      void *shared = mmap(NULL, sizeof own, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
      if (shared != MAP_FAILED) count = shared;
    }
    if (fd >= 0) close(fd);
  }
  inside = 0;
  belowLength = strlen(given);
  below = given;
}

static int isBelow(const char *path) {
  return below && !strncmp(path, below, belowLength) && (path[belowLength] == '/' || path[belowLength] == 0);
}

// Absolute, without `.` and `..`; links stay as they are.
static const char *whole(const char *path, char *into) {
  if (path[0] == '/') snprintf(into, PATH_MAX, "%s", path);
  else {
    char here[PATH_MAX];
    if (!getcwd(here, sizeof here)) return "";
    if ((size_t)snprintf(into, PATH_MAX, "%s/%s", here, path) >= PATH_MAX) return "";
  }
  char *to = into, *from = into;
  while (*from) {
    size_t n = strcspn(from + 1, "/");
    if (n == 2 && from[1] == '.' && from[2] == '.') { while (to > into && *--to != '/'); }
    else if (n && !(n == 1 && from[1] == '.')) { memmove(to, from, n + 1); to += n + 1; }
    from += n + 1;
  }
  *to = 0;
  return into;
}

// The name under which the kernel knows an open file now.
static const char *named(int fd, char *into) {
  char link[32];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, into, PATH_MAX - 1);
  into[n < 0 ? 0 : n] = 0;
  return into;
}

static enum verdict verdict(enum op op, const char *path, const char *path2) {
  if (inside || !(isBelow(path) || (path2 && isBelow(path2)))) return FINE;
  atomic_fetch_add(count + 1 + op, 1);
  if (!counts[op]) return FINE;
  uint64_t n = atomic_fetch_add(count, 1) + 1;
  if (!at || n < at || (n > at && !onward)) return FINE;
  if (say >= 0 && n == at) {
    char line[3 * PATH_MAX];
    int length = snprintf(line, sizeof line, "%s %s%s%s\n", NAMES[op], path, path2 ? " -> " : "", path2 ? path2 : "");
    inside = 1;
    if (write(say, line, length) < 0) abort();
    inside = 0;
  }
  if (killAtN) kill(getpid(), SIGKILL);
  if (shortAtN) return op == WRITE || op == READ ? SHORT : FINE;
  errno = failWith;
  return failWith ? FAILS : FINE;
}

// One record: kind, process, offset, length of two texts, the texts.
struct head { uint32_t kind, length1, length2, pad; int64_t offset; };

static void put(enum op op, const char *path, struct iovec text, int64_t offset) {
  if (record < 0 || inside) return;
  struct head head = {op, strlen(path), text.iov_len, 0, offset};
  struct iovec parts[] = {{&head, sizeof head}, {(void *)path, head.length1}, text};
  inside = 1;
  if (writev(record, parts, 3) < 0) abort();
  inside = 0;
}

#define TEXT(text) ((struct iovec){(void *)(text), strlen(text)})
#define NONE ((struct iovec){(void *)"", 0})
#define ERRNO_KEPT(act) ({ int kept = errno; act; errno = kept; })

// While changes are recorded, they happen one after the other.
#define CHANGE(op, path, text, act) ({ \
  int recording = record >= 0 && !inside && isBelow(path); \
  if (recording) pthread_mutex_lock(&one); \
  __typeof__(act) got = (act); \
  if (recording) ERRNO_KEPT({ if (got == 0) put(op, path, text, 0); pthread_mutex_unlock(&one); }); \
  got; })

static void wrote(int fd, const char *path, const struct iovec *parts, int n, ssize_t bytes, off_t offset) {
  if (bytes <= 0) return;
  if (offset < 0) offset = lseek(fd, 0, SEEK_CUR) - bytes;
  for (int i = 0; i < n && bytes > 0; i++) {
    size_t length = parts[i].iov_len < (size_t)bytes ? parts[i].iov_len : (size_t)bytes;
    if (length) put(WRITE, path, (struct iovec){parts[i].iov_base, length}, offset);
    offset += length;
    bytes -= length;
  }
}

static ssize_t writes(int fd, const struct iovec *parts, int n, off_t offset) {
  char name[PATH_MAX];
  const char *path = below && !inside ? named(fd, name) : "";
  enum verdict is = verdict(WRITE, path, NULL);
  if (is == FAILS) return -1;
  struct iovec half = {parts[0].iov_base, parts[0].iov_len > 1 ? parts[0].iov_len / 2 : 1};
  if (is == SHORT && n > 0) parts = &half, n = 1;
  int recording = record >= 0 && !inside && isBelow(path);
  if (recording) pthread_mutex_lock(&one);
  ssize_t got = offset < 0 ? REAL(writev, fd, parts, n) : REAL(pwritev64, fd, parts, n, offset);
  if (recording) ERRNO_KEPT({ wrote(fd, path, parts, n, got, offset); pthread_mutex_unlock(&one); });
  return got;
}

ssize_t write(int fd, const void *from, size_t n) { return writes(fd, &(struct iovec){(void *)from, n}, 1, -1); }
ssize_t writev(int fd, const struct iovec *parts, int n) { return writes(fd, parts, n, -1); }
ssize_t pwrite64(int fd, const void *from, size_t n, off64_t o) { return writes(fd, &(struct iovec){(void *)from, n}, 1, o); }
ssize_t pwrite(int fd, const void *from, size_t n, off_t o) { return pwrite64(fd, from, n, o); }
ssize_t pwritev64(int fd, const struct iovec *parts, int n, off64_t o) { return writes(fd, parts, n, o); }

static ssize_t reads(int fd, const struct iovec *parts, int n, off_t offset) {
  char name[PATH_MAX];
  enum verdict is = below && !inside ? verdict(READ, named(fd, name), NULL) : FINE;
  if (is == FAILS) return -1;
  struct iovec half = {parts[0].iov_base, parts[0].iov_len > 1 ? parts[0].iov_len / 2 : 1};
  if (is == SHORT && n > 0) parts = &half, n = 1;
  return offset < 0 ? REAL(readv, fd, parts, n) : REAL(preadv64, fd, parts, n, offset);
}

ssize_t read(int fd, void *into, size_t n) {
  if (!below) return REAL(read, fd, into, n);
  return reads(fd, &(struct iovec){into, n}, 1, -1);
}
ssize_t readv(int fd, const struct iovec *parts, int n) { return reads(fd, parts, n, -1); }
ssize_t pread64(int fd, void *into, size_t n, off64_t o) { return reads(fd, &(struct iovec){into, n}, 1, o); }
ssize_t pread(int fd, void *into, size_t n, off_t o) { return pread64(fd, into, n, o); }
ssize_t preadv64(int fd, const struct iovec *parts, int n, off64_t o) { return reads(fd, parts, n, o); }

static int opens(const char *given, int flags, mode_t mode) {
  char name[PATH_MAX];
  const char *path = below && !inside ? whole(given, name) : "";
  if (verdict(OPEN, path, NULL) == FAILS) return -1;
  int makes = flags & (O_CREAT | O_TRUNC) && record >= 0 && !inside && isBelow(path);
  if (!makes) return REAL(open64, given, flags, mode);
  pthread_mutex_lock(&one);
  struct stat before;
  int was = !stat(path, &before);
  int fd = REAL(open64, given, flags, mode);
  ERRNO_KEPT({
    if (fd >= 0 && !was) put(OPEN, path, NONE, 0);
    if (fd >= 0 && was && flags & O_TRUNC && before.st_size > 0) put(TRUNCATE, path, NONE, 0);
    pthread_mutex_unlock(&one);
  });
  return fd;
}

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return opens(path, flags, mode);
}
int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return opens(path, flags, mode);
}

#define TWO_PATHS(op, from, to, act) ({ \
  char a[PATH_MAX], b[PATH_MAX]; \
  const char *first = below && !inside ? whole(from, a) : "", *second = below && !inside ? whole(to, b) : ""; \
  verdict(op, first, second) == FAILS ? -1 : CHANGE(op, first, TEXT(second), act); })

int rename(const char *from, const char *to) { return TWO_PATHS(RENAME, from, to, REAL(rename, from, to)); }
int link(const char *from, const char *to) { return TWO_PATHS(LINK, from, to, REAL(link, from, to)); }

#define ONE_PATH(op, given, act) ({ \
  char a[PATH_MAX]; \
  const char *found = below && !inside ? whole(given, a) : ""; \
  verdict(op, found, NULL) == FAILS ? -1 : CHANGE(op, found, NONE, act); })

int unlink(const char *path) { return ONE_PATH(UNLINK, path, REAL(unlink, path)); }
int rmdir(const char *path) { return ONE_PATH(UNLINK, path, REAL(rmdir, path)); }
int mkdir(const char *path, mode_t mode) { return ONE_PATH(MKDIR, path, REAL(mkdir, path, mode)); }

char *mkdtemp(char *like) {
  char name[PATH_MAX];
  const char *path = below && !inside ? whole(like, name) : "";
  if (verdict(MKDIR, path, NULL) == FAILS) return NULL;
  char *made = REAL(mkdtemp, like);
  if (made && isBelow(path)) ERRNO_KEPT(put(MKDIR, whole(made, name), NONE, 0));
  return made;
}

#define BY_FD(op, fd, act) ({ \
  char a[PATH_MAX]; \
  const char *found = below && !inside ? named(fd, a) : ""; \
  verdict(op, found, NULL) == FAILS ? -1 : CHANGE(op, found, NONE, act); })

int fsync(int fd) { return BY_FD(SYNC, fd, REAL(fsync, fd)); }
int fdatasync(int fd) { return BY_FD(SYNC, fd, REAL(fdatasync, fd)); }

int ftruncate64(int fd, off64_t length) {
  char a[PATH_MAX];
  const char *path = below && !inside ? named(fd, a) : "";
  if (verdict(TRUNCATE, path, NULL) == FAILS) return -1;
  int got = REAL(ftruncate64, fd, length);
  if (!got && isBelow(path)) ERRNO_KEPT(put(TRUNCATE, path, NONE, length));
  return got;
}

DIR *opendir(const char *given) {
  char a[PATH_MAX];
  if (below && !inside && verdict(LIST, whole(given, a), NULL) == FAILS) return NULL;
  return REAL(opendir, given);
}

int scandir64(const char *given, struct dirent64 ***list, int (*pick)(const struct dirent64 *),
              int (*order)(const struct dirent64 **, const struct dirent64 **)) {
  char a[PATH_MAX];
  if (below && !inside && verdict(LIST, whole(given, a), NULL) == FAILS) return -1;
  return REAL(scandir64, given, list, pick, order);
}

// Bytes that the kernel moves by itself count as one write; they are recorded as what was read.
static ssize_t moved(int to, int from, off_t *offset, ssize_t (*act)(void *), void *with) {
  char name[PATH_MAX];
  const char *path = below && !inside ? named(to, name) : "";
  if (verdict(WRITE, path, NULL) == FAILS) return -1;
  off_t start = offset ? *offset : lseek(from, 0, SEEK_CUR);
  ssize_t got = act(with);
  if (got <= 0 || record < 0 || inside || !isBelow(path)) return got;
  ERRNO_KEPT({
    char *bytes = malloc(got);
    inside = 1;
    ssize_t n = pread64(from, bytes, got, start);
    inside = 0;
    wrote(to, path, &(struct iovec){bytes, n > 0 ? n : 0}, 1, n, -1);
    free(bytes);
  });
  return got;
}

struct sending { int to, from; off64_t *offset; size_t n; };
static ssize_t sends(void *of) {
  struct sending *it = of;
  return REAL(sendfile64, it->to, it->from, it->offset, it->n);
}
ssize_t sendfile64(int to, int from, off64_t *offset, size_t n) {
  return moved(to, from, offset, sends, &(struct sending){to, from, offset, n});
}

static ssize_t calls(void *of) {
  long *a = of;
  return REAL(syscall, a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
}

// libuv asks for these two by number.
long syscall(long number, ...) {
  va_list rest;
  long a[7] = {number};
  va_start(rest, number);
  for (int i = 1; i < 7; i++) a[i] = va_arg(rest, long);
  va_end(rest);
  if (!below || inside) return calls(a);
  if (number == SYS_copy_file_range) return moved(a[3], a[1], (off_t *)a[2], calls, a);
  char name[PATH_MAX];
  if (number == SYS_statx && counts[STAT] && *(const char *)a[2] &&
      verdict(STAT, whole((const char *)a[2], name), NULL) == FAILS)
    return -1;
  return calls(a);
}
