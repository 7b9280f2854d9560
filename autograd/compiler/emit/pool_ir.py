"""The thread pool as LLVM IR: `source()` is the text, `threads` compiles and starts it.

`parallel_for(fn, context, n, threads)` calls fn(context, begin, end) on the shares
[n t / threads, n (t+1) / threads). The caller does share 0 and then whatever share no worker has
begun; so a worker that is slow to wake, or that does not get a core, costs nothing but its help,
and a machine busy with other things is no cliff. Which thread does a share never changes its
limits: results have the same bits every time.

Workers wait for the next call as the caller waits for them: for a few microseconds they only look,
then they look and offer their core to others, and after 50 they sleep. Called from a worker, or
while another Python thread is in it, parallel_for does the shares one after another.
"""

import platform
import sys

MOST_SHARES = 256
MOST_WORKERS = 64
# How long to look only, and how long to look at all, in nanoseconds.
_LOOK = 4_000
_STAY_AWAKE = 50_000

_INTEL = platform.machine().lower() in ("x86_64", "amd64", "i686")
_ARM = platform.machine().lower() in ("aarch64", "arm64")
_APPLE = sys.platform == "darwin"

_PAUSE = (
    "call void @llvm.x86.sse2.pause()"
    if _INTEL
    else "call void @llvm.aarch64.hint(i32 1)"
    if _ARM
    else ""
)
# Whether numbers below the smallest normal one are flushed to zero: workers do as the caller does.
_READ_MODE = "call void @llvm.x86.sse.stmxcsr(ptr @mode)" if _INTEL else ""
_TAKE_MODE = "call void @llvm.x86.sse.ldmxcsr(ptr @mode)" if _INTEL else ""

# Numbers that different threads write are 128 bytes apart: two lines of a cache. What the system
# keeps in a mutex or a condition is smaller than 128 bytes everywhere.
_STATE = f"""
%apart = type [32 x i32]

@busy = internal global i32 0, align 128
@epoch = internal global i64 0, align 128
@remaining = internal global i64 0, align 128
@limit = internal global i64 1, align 128
@workers = internal global i64 0
@job_function = internal global ptr null
@job_context = internal global ptr null
@job_n = internal global i64 0
@job_shares = internal global i64 0
@mode = internal global i32 0
@offered = internal global [{MOST_SHARES} x %apart] zeroinitializer, align 128
@asleep = internal global [{MOST_WORKERS + 1} x %apart] zeroinitializer, align 128
@mutexes = internal global [{MOST_WORKERS + 1} x %apart] zeroinitializer, align 128
@conditions = internal global [{MOST_WORKERS + 1} x %apart] zeroinitializer, align 128

declare i32 @pthread_create(ptr, ptr, ptr, ptr)
declare i32 @pthread_detach(i64)
declare i32 @pthread_mutex_init(ptr, ptr)
declare i32 @pthread_mutex_lock(ptr)
declare i32 @pthread_mutex_unlock(ptr)
declare i32 @pthread_cond_init(ptr, ptr)
declare i32 @pthread_cond_signal(ptr)
declare i32 @pthread_cond_wait(ptr, ptr)
declare i32 @pthread_sigmask(i32, ptr, ptr)
declare i32 @sigfillset(ptr)
declare i32 @sched_yield()
declare i32 @clock_gettime(i32, ptr)

define internal i64 @nanoseconds() {{
  %time = alloca [2 x i64]
  call i32 @clock_gettime(i32 {6 if _APPLE else 1}, ptr %time)
  %seconds = load i64, ptr %time
  %place = getelementptr i64, ptr %time, i64 1
  %rest = load i64, ptr %place
  %scaled = mul i64 %seconds, 1000000000
  %sum = add i64 %scaled, %rest
  ret i64 %sum
}}
"""

_SHARE = """
define internal void @run_share(ptr %fn, ptr %context, i64 %n, i64 %shares, i64 %share) {
  %next = add i64 %share, 1
  %low = mul i64 %n, %share
  %high = mul i64 %n, %next
  %begin = udiv i64 %low, %shares
  %end = udiv i64 %high, %shares
  call void %fn(ptr %context, i64 %begin, i64 %end)
  ret void
}
"""

# Wait in three stages. Who goes to sleep says so and then looks once more; who has news tells it
# and then looks for sleepers: with both in one order for all, one of them sees the other.
_WAIT = f"""
define internal void @wait_for_NAME(i64 %seen, i64 %slot) {{
entry:
  %sleeping = getelementptr [{MOST_WORKERS + 1} x %apart], ptr @asleep, i64 0, i64 %slot
  %mutex = getelementptr [{MOST_WORKERS + 1} x %apart], ptr @mutexes, i64 0, i64 %slot
  %condition = getelementptr [{MOST_WORKERS + 1} x %apart], ptr @conditions, i64 0, i64 %slot
  %begin = call i64 @nanoseconds()
  br label %look
look:
  %count = phi i64 [0, %entry], [%next, %idle], [%next, %patient], [%next, %polite]
  %now = load atomic i64, ptr @NAME acquire, align 8
  %there = icmp WHEN i64 %now, %seen
  br i1 %there, label %done, label %idle
idle:
  {_PAUSE}
  %next = add i64 %count, 1
  %low = and i64 %next, 15
  %check = icmp eq i64 %low, 0
  br i1 %check, label %patient, label %look
patient:
  %time = call i64 @nanoseconds()
  %waited = sub i64 %time, %begin
  %early = icmp slt i64 %waited, {_LOOK}
  br i1 %early, label %look, label %later
later:
  %awake = icmp slt i64 %waited, {_STAY_AWAKE}
  br i1 %awake, label %polite, label %lie_down
polite:
  call i32 @sched_yield()
  br label %look
lie_down:
  call i32 @pthread_mutex_lock(ptr %mutex)
  store atomic i32 1, ptr %sleeping seq_cst, align 4
  br label %again
again:
  %news = load atomic i64, ptr @NAME seq_cst, align 8
  %up = icmp WHEN i64 %news, %seen
  br i1 %up, label %rise, label %sleep
sleep:
  call i32 @pthread_cond_wait(ptr %condition, ptr %mutex)
  br label %again
rise:
  store atomic i32 0, ptr %sleeping seq_cst, align 4
  call i32 @pthread_mutex_unlock(ptr %mutex)
  br label %done
done:
  ret void
}}
"""

_POOL = f"""
define internal void @wake(i64 %slot) {{
  %sleeping = getelementptr [{MOST_WORKERS + 1} x %apart], ptr @asleep, i64 0, i64 %slot
  %sleeps = load atomic i32, ptr %sleeping seq_cst, align 4
  %needed = icmp ne i32 %sleeps, 0
  br i1 %needed, label %call, label %done
call:
  %mutex = getelementptr [{MOST_WORKERS + 1} x %apart], ptr @mutexes, i64 0, i64 %slot
  %condition = getelementptr [{MOST_WORKERS + 1} x %apart], ptr @conditions, i64 0, i64 %slot
  call i32 @pthread_mutex_lock(ptr %mutex)
  call i32 @pthread_cond_signal(ptr %condition)
  call i32 @pthread_mutex_unlock(ptr %mutex)
  br label %done
done:
  ret void
}}

; Every share that is still offered, its own first. A share is claimed before the job is read, and
; the job stays what it is until every claimed share is done.
define internal void @help(i64 %own) {{
entry:
  %known = load atomic i64, ptr @job_shares monotonic, align 8
  %started = icmp slt i64 %own, %known
  %first = select i1 %started, i64 %own, i64 0
  br label %loop
loop:
  %tried = phi i64 [0, %entry], [%counted, %continue]
  %at = add i64 %first, %tried
  %beyond = icmp sge i64 %at, %known
  %back = select i1 %beyond, i64 %known, i64 0
  %share = sub i64 %at, %back
  %more = icmp slt i64 %tried, %known
  br i1 %more, label %try, label %done
try:
  %place = getelementptr [{MOST_SHARES} x %apart], ptr @offered, i64 0, i64 %share
  %there = load atomic i32, ptr %place monotonic, align 4
  %offered = icmp eq i32 %there, 1
  br i1 %offered, label %claim, label %continue
claim:
  %got = cmpxchg ptr %place, i32 1, i32 0 acq_rel monotonic, align 4
  %mine = extractvalue {{ i32, i1 }} %got, 1
  br i1 %mine, label %work, label %continue
work:
  {_TAKE_MODE}
  %fn = load ptr, ptr @job_function
  %context = load ptr, ptr @job_context
  %n = load i64, ptr @job_n
  %shares = load atomic i64, ptr @job_shares monotonic, align 8
  call void @run_share(ptr %fn, ptr %context, i64 %n, i64 %shares, i64 %share)
  %before = atomicrmw sub ptr @remaining, i64 1 seq_cst, align 8
  %last = icmp eq i64 %before, 1
  br i1 %last, label %tell, label %continue
tell:
  call void @wake(i64 0)
  br label %continue
continue:
  %counted = add i64 %tried, 1
  br label %loop
done:
  ret void
}}

define internal ptr @worker(ptr %argument) {{
entry:
  %own = ptrtoint ptr %argument to i64
  %signals = alloca [16 x i64]
  call i32 @sigfillset(ptr %signals)
  call i32 @pthread_sigmask(i32 {3 if _APPLE else 2}, ptr %signals, ptr null)
  br label %loop
loop:
  %seen = phi i64 [0, %entry], [%epoch, %loop], [%epoch, %allowed]
  call void @wait_for_epoch(i64 %seen, i64 %own)
  %epoch = load atomic i64, ptr @epoch acquire, align 8
  %limit = load atomic i64, ptr @limit monotonic, align 8
  %wanted = icmp slt i64 %own, %limit
  br i1 %wanted, label %allowed, label %loop
allowed:
  call void @help(i64 %own)
  br label %loop
}}

define internal void @hire(i64 %wanted) {{
entry:
  %thread = alloca i64
  br label %loop
loop:
  %there = load i64, ptr @workers
  %enough = icmp sge i64 %there, %wanted
  br i1 %enough, label %done, label %create
create:
  %own = add i64 %there, 1
  %argument = inttoptr i64 %own to ptr
  %error = call i32 @pthread_create(ptr %thread, ptr null, ptr @worker, ptr %argument)
  %failed = icmp ne i32 %error, 0
  br i1 %failed, label %done, label %count
count:
  %handle = load i64, ptr %thread
  call i32 @pthread_detach(i64 %handle)
  store i64 %own, ptr @workers
  br label %loop
done:
  ret void
}}

define void @parallel_for(ptr %fn, ptr %context, i64 %n, i64 %threads) {{
entry:
  %many = call i64 @llvm.smin.i64(i64 %threads, i64 {MOST_SHARES})
  %shares = call i64 @llvm.smin.i64(i64 %many, i64 %n)
  %empty = icmp sle i64 %n, 0
  br i1 %empty, label %done, label %some
some:
  %single = icmp sle i64 %shares, 1
  br i1 %single, label %whole, label %several
whole:
  call void %fn(ptr %context, i64 0, i64 %n)
  ret void
several:
  %limit = load atomic i64, ptr @limit monotonic, align 8
  %least = call i64 @llvm.smin.i64(i64 %shares, i64 %limit)
  %helpers = sub i64 %least, 1
  %alone = icmp sle i64 %helpers, 0
  br i1 %alone, label %serial, label %enter
enter:
  %got = cmpxchg ptr @busy, i32 0, i32 1 acquire monotonic, align 4
  %free = extractvalue {{ i32, i1 }} %got, 1
  br i1 %free, label %publish, label %serial

serial:
  %s = phi i64 [0, %several], [0, %enter], [%t, %serial]
  call void @run_share(ptr %fn, ptr %context, i64 %n, i64 %shares, i64 %s)
  %t = add i64 %s, 1
  %on = icmp slt i64 %t, %shares
  br i1 %on, label %serial, label %done

publish:
  {_READ_MODE}
  store ptr %fn, ptr @job_function
  store ptr %context, ptr @job_context
  store i64 %n, ptr @job_n
  store atomic i64 %shares, ptr @job_shares monotonic, align 8
  store atomic i64 %shares, ptr @remaining seq_cst, align 8
  br label %offer
offer:
  %o = phi i64 [1, %publish], [%p, %offer]
  %place = getelementptr [{MOST_SHARES} x %apart], ptr @offered, i64 0, i64 %o
  store atomic i32 1, ptr %place release, align 4
  %p = add i64 %o, 1
  %offering = icmp slt i64 %p, %shares
  br i1 %offering, label %offer, label %announce
announce:
  call void @hire(i64 %helpers)
  %old = atomicrmw add ptr @epoch, i64 1 seq_cst, align 8
  br label %rouse
rouse:
  %r = phi i64 [1, %announce], [%q, %rouse]
  call void @wake(i64 %r)
  %q = add i64 %r, 1
  %rousing = icmp sle i64 %q, %helpers
  br i1 %rousing, label %rouse, label %begin
begin:
  call void @run_share(ptr %fn, ptr %context, i64 %n, i64 %shares, i64 0)
  %before = atomicrmw sub ptr @remaining, i64 1 seq_cst, align 8
  call void @help(i64 0)
  call void @wait_for_remaining(i64 0, i64 0)
  store atomic i32 0, ptr @busy release, align 4
  br label %done
done:
  ret void
}}

define void @set_limit(i64 %limit) {{
  store atomic i64 %limit, ptr @limit seq_cst, align 8
  ret void
}}

define i64 @get_limit() {{
  %limit = load atomic i64, ptr @limit seq_cst, align 8
  ret i64 %limit
}}

define i64 @get_workers() {{
  %workers = load i64, ptr @workers
  ret i64 %workers
}}

; A new process has this memory, and none of the threads.
define void @reset() {{
entry:
  store atomic i32 0, ptr @busy seq_cst, align 4
  store i64 0, ptr @workers
  store atomic i64 0, ptr @remaining seq_cst, align 8
  call void @llvm.memset.p0.i64(ptr @offered, i8 0, i64 {128 * MOST_SHARES}, i1 false)
  call void @llvm.memset.p0.i64(ptr @asleep, i8 0, i64 {128 * (MOST_WORKERS + 1)}, i1 false)
  br label %loop
loop:
  %slot = phi i64 [0, %entry], [%next, %loop]
  %mutex = getelementptr [{MOST_WORKERS + 1} x %apart], ptr @mutexes, i64 0, i64 %slot
  %condition = getelementptr [{MOST_WORKERS + 1} x %apart], ptr @conditions, i64 0, i64 %slot
  call i32 @pthread_mutex_init(ptr %mutex, ptr null)
  call i32 @pthread_cond_init(ptr %condition, ptr null)
  %next = add i64 %slot, 1
  %more = icmp sle i64 %next, {MOST_WORKERS}
  br i1 %more, label %loop, label %done
done:
  ret void
}}
"""


# Where there are no POSIX threads.
_ALONE = """
define void @parallel_for(ptr %fn, ptr %context, i64 %n, i64 %threads) {
entry:
  %many = call i64 @llvm.smax.i64(i64 %threads, i64 1)
  %shares = call i64 @llvm.smin.i64(i64 %many, i64 %n)
  br label %check
check:
  %share = phi i64 [0, %entry], [%next, %loop]
  %more = icmp slt i64 %share, %shares
  br i1 %more, label %loop, label %done
loop:
  call void @run_share(ptr %fn, ptr %context, i64 %n, i64 %shares, i64 %share)
  %next = add i64 %share, 1
  br label %check
done:
  ret void
}
define void @set_limit(i64 %limit) {
  ret void
}
define i64 @get_limit() {
  ret i64 1
}
define i64 @get_workers() {
  ret i64 0
}
define void @reset() {
  ret void
}
"""


def source(alone: bool = sys.platform == "win32") -> str:
    """The pool as LLVM IR, or what does as it does without workers."""
    if alone:
        return _SHARE + _ALONE
    waits = (("epoch", "ne"), ("remaining", "eq"))
    texts = [_WAIT.replace("NAME", name).replace("WHEN", when) for name, when in waits]
    return "".join((_STATE, _SHARE, *texts, _POOL))
