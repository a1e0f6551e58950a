// SPDX-License-Identifier: GPL-2.0-or-later
/* Asynchronous writes: io_submit, and io_uring in the caller, a worker or the polling thread. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "connection.h"
#include "fact.h"
#include "scenario.h"

#define WRITE_BYTES 29
#define ENTRIES 4 /* of the ring */

static char bytes[WRITE_BYTES];

static void aio(void)
{
	int fd = scenario_broken_pipe();
	aio_context_t context = 0;
	struct iocb request = { .aio_lio_opcode = IOCB_CMD_PWRITE,
				.aio_fildes = fd,
				.aio_buf = (uintptr_t)bytes,
				.aio_nbytes = WRITE_BYTES };
	struct iocb *requests[] = { &request };
	struct fact fact;

	if (syscall(SYS_io_setup, 1, &context) < 0)
		scenario_skip("io_setup: %s", strerror(errno));
	scenario_begin();
	fact_start(&fact);
	fact_identity(&fact);
	fact_call(&fact, io_submit, fd, WRITE_BYTES, NULL);
	fact_pipe(&fact, fd);
	fact_killed(&fact);
	fact_emit(&fact, NULL);
	syscall(SYS_io_submit, context, 1, requests);
	scenario_die("io_submit did not kill");
}

struct ring {
	int fd;
	struct io_uring_params params;
	char *submissions, *completions;
	struct io_uring_sqe *entries;
};

static void *ring_map(const struct ring *ring, size_t size, off_t what)
{
	void *map =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring->fd, what);

	if (map == MAP_FAILED)
		scenario_die("mmap of the ring");
	return map;
}

static void ring_make(unsigned int flags, struct ring *ring)
{
	struct io_uring_params *params = &ring->params;

	memset(ring, 0, sizeof(*ring));
	params->flags = flags;
	ring->fd = syscall(SYS_io_uring_setup, ENTRIES, params);
	if (ring->fd < 0)
		scenario_skip("io_uring_setup: %s", strerror(errno));
	ring->submissions = ring_map(ring,
				     params->sq_off.array + params->sq_entries * sizeof(__u32),
				     IORING_OFF_SQ_RING);
	ring->completions = ring_map(
		ring, params->cq_off.cqes + params->cq_entries * sizeof(struct io_uring_cqe),
		IORING_OFF_CQ_RING);
	ring->entries =
		ring_map(ring, params->sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
}

/* Puts REQUESTS into the ring; io_uring_enter submits them. */
static void ring_put(struct ring *ring, const struct io_uring_sqe *requests, __u32 count)
{
	const struct io_sqring_offsets *offsets = &ring->params.sq_off;
	_Atomic __u32 *tail = (_Atomic __u32 *)(ring->submissions + offsets->tail);
	__u32 *array = (__u32 *)(ring->submissions + offsets->array);

	for (__u32 i = 0; i < count; i++) {
		/* The order of the entries is not that of the requests. */
		array[i] = ENTRIES - 1 - i;
		ring->entries[array[i]] = requests[i];
	}
	atomic_store_explicit(tail, count, memory_order_release);
}

static struct io_uring_sqe request_of(int opcode, int fd, unsigned int flags)
{
	return (struct io_uring_sqe){ .opcode = opcode,
				      .flags = flags,
				      .fd = fd,
				      .addr = (uintptr_t)bytes,
				      .len = WRITE_BYTES };
}

/* Submits COUNT requests and waits until COMPLETIONS of them have a result. */
static int ring_enter(const struct ring *ring, unsigned int count, unsigned int completions,
		      unsigned int flags)
{
	return syscall(SYS_io_uring_enter, ring->fd, count, completions,
		       flags | IORING_ENTER_GETEVENTS, NULL, 0);
}

/* The result of the first request that has one must be EXPECTED. */
static void ring_expect(const struct ring *ring, int expected)
{
	const struct io_uring_cqe *completion =
		(void *)(ring->completions + ring->params.cq_off.cqes);

	errno = 0;
	if (completion->res != expected)
		scenario_die("the result of the request is %d", completion->res);
}

static void fact_uring(struct fact *fact, const char *name, int fd, int size, const char *op)
{
	fact_open(fact, "syscall");
	if (name)
		fact_text(fact, "name", name);
	else
		fact_json(fact, "name", "null");
	if (fd >= 0)
		fact_number(fact, "fd", fd);
	else
		fact_json(fact, "fd", "null");
	if (size)
		fact_number(fact, "bytes", size);
	fact_json(fact, "io_uring", "{\"op\":\"%s\"}", op);
	fact_close(fact);
}

static void emit_inline_fact(int fd, int size, const char *op)
{
	struct fact fact;

	fact_start(&fact);
	fact_identity(&fact);
	fact_uring(&fact, "io_uring_enter", fd, size, op);
	fact_unix(&fact, fd, NULL, NULL, 0);
	fact_killed(&fact);
	fact_emit(&fact, NULL);
}

static void uring_inline(void)
{
	int fd = connection_broken_pair();
	struct io_uring_sqe request = request_of(IORING_OP_WRITE, fd, 0);
	struct ring ring;

	ring_make(0, &ring);
	scenario_begin();
	ring_put(&ring, &request, 1);
	emit_inline_fact(fd, WRITE_BYTES, "IORING_OP_WRITE");
	ring_enter(&ring, 1, 1, 0);
	scenario_die("io_uring_enter did not kill");
}

static void uring_vector(void)
{
	int fd = connection_broken_pair();
	struct io_uring_sqe request = request_of(IORING_OP_WRITEV, fd, 0);
	struct iovec vectors[] = { { bytes, 5 }, { bytes, 8 } };
	struct ring ring;

	request.addr = (uintptr_t)vectors;
	request.len = 2;
	ring_make(0, &ring);
	scenario_begin();
	ring_put(&ring, &request, 1);
	emit_inline_fact(fd, 13, "IORING_OP_WRITEV");
	ring_enter(&ring, 1, 1, 0);
	scenario_die("io_uring_enter did not kill");
}

/* A chain begins with its first request, after the kernel has taken its last one from the ring. */
static void uring_chain(void)
{
	int fd = connection_broken_pair();
	struct io_uring_sqe requests[] = { request_of(IORING_OP_NOP, -1, 0),
					   request_of(IORING_OP_WRITE, fd, IOSQE_IO_LINK),
					   request_of(IORING_OP_WRITE, 1, IOSQE_IO_LINK),
					   request_of(IORING_OP_WRITE, 1, 0) };
	struct ring ring;

	ring_make(0, &ring);
	scenario_begin();
	requests[2].len = requests[3].len = 1;
	ring_put(&ring, requests, 4);
	emit_inline_fact(fd, WRITE_BYTES, "IORING_OP_WRITE");
	ring_enter(&ring, 4, 4, 0);
	scenario_die("io_uring_enter did not kill");
}

/* A child closes the other end, while this process waits inside of io_uring_enter. */
static void leave_later(const int ends[2])
{
	if (scenario_fork() == 0) {
		close(ends[0]);
		poll(NULL, 0, 100);
		_exit(0);
	}
	close(ends[1]);
}

/* A ring whose request waits for space in a full socket, and then one that succeeds at once. */
static void ring_wait_for_space(int ends[2], struct ring *ret_ring)
{
	static char block[65536];
	struct io_uring_sqe requests[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		scenario_die("socketpair");
	while (write(ends[0], block, sizeof(block)) > 0)
		;
	fcntl(ends[0], F_SETFL, 0);
	ring_make(0, ret_ring);
	requests[0] = request_of(IORING_OP_WRITE, ends[0], 0);
	requests[1] = request_of(IORING_OP_WRITE, open("/dev/null", O_WRONLY | O_CLOEXEC), 0);
	scenario_begin();
	ring_put(ret_ring, requests, 2);
	if (ring_enter(ret_ring, 2, 1, 0) != 2)
		scenario_die("io_uring_enter");
}

/* SYSCALL: JSON. MISSING: a field that the incident says is missing. NULL: not looked at. */
static void emit_retried_fact(const char *syscall, const char *missing)
{
	struct fact fact;

	fact_start(&fact);
	fact_identity(&fact);
	if (syscall)
		fact_json(&fact, "syscall", "%s", syscall);
	if (missing)
		fact_missing(&fact, missing);
	fact_killed(&fact);
	fact_emit(&fact, NULL);
}

/*
 * The request is tried again when the other end closes. The ring does not say any more which
 * request it is: the last one that it held is another one.
 */
static void uring_retried(void)
{
	struct ring ring;
	int ends[2];

	ring_wait_for_space(ends, &ring);
	leave_later(ends);
	emit_retried_fact("{\"fd\":null,\"io_uring\":null}", "syscall.fd");
	ring_enter(&ring, 0, 2, 0);
	scenario_die("io_uring_enter did not kill");
}

/*
 * It is tried again at the end of any call, also of kill(2): still a write failed, and nobody sent
 * the signal. To ask after all processes takes long, so the thread is nearly always in that call.
 */
static void uring_retried_in_kill(void)
{
	struct ring ring;
	int ends[2];

	ring_wait_for_space(ends, &ring);
	leave_later(ends);
	emit_retried_fact(NULL, NULL);
	for (;;)
		kill(-1, 0);
}

/* A send through the ring never signals: io_sendmsg_prep() adds MSG_NOSIGNAL. */
static void uring_send(void)
{
	int fd = connection_broken_pair();
	struct io_uring_sqe request = request_of(IORING_OP_SEND, fd, 0);
	struct ring ring;
	struct fact fact;

	ring_make(0, &ring);
	scenario_begin();
	ring_put(&ring, &request, 1);
	fact_start(&fact);
	fact_identity(&fact);
	fact_uring(&fact, "io_uring_enter", fd, WRITE_BYTES, "IORING_OP_SEND");
	fact_unix(&fact, fd, NULL, NULL, 0);
	fact_signal(&fact, &(struct signal_fact){ .disposition = "default",
						  .result = "not_sent",
						  .outcome = "suppressed" });
	fact_emit(&fact, NULL);
	ring_enter(&ring, 1, 1, 0);
}

/* Since 5.12 (io-wq: fork worker threads) workers are threads of the process. Before, kthreads. */
static bool workers_are_threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *entry;
	int threads = 0;

	if (!tasks)
		return false;
	while ((entry = readdir(tasks)))
		threads += entry->d_name[0] != '.';
	closedir(tasks);
	return threads > 1;
}

/* Since 5.19 (cef216fc32d7 "io_uring: explicitly keep a CQE in io_kiocb") a request has its fd. */
static bool requests_keep_fd(void)
{
	struct utsname system;
	int major, minor;

	if (uname(&system) < 0 || sscanf(system.release, "%d.%d", &major, &minor) != 2)
		scenario_die("uname");
	return major > 5 || (major == 5 && minor >= 19);
}

/*
 * The threads of the ring block all signals except KILL and STOP: SIGPIPE is generated, but never
 * delivered. FD is -1 if the report cannot have it.
 */
static void emit_thread_fact(const char *thread, int object, int fd, int size, const char *op)
{
	struct fact fact;

	fact_start(&fact);
	fact_open(&fact, "process");
	fact_number(&fact, "pid", scenario_pid());
	fact_json(&fact, "thread", "\"%s-%d\"", thread, scenario_tid());
	fact_close(&fact);
	fact_uring(&fact, NULL, fd, size, op);
	if (fd < 0)
		fact_missing(&fact, "syscall.fd");
	fact_unix(&fact, object, NULL, NULL, 0);
	fact_signal(&fact, &(struct signal_fact){ .disposition = "default",
						  .result = "delivered",
						  .outcome = "pending",
						  .blocked = true });
	fact_emit(&fact, NULL);
}

static void run_worker(const struct io_uring_sqe *request, int fd, int size, const char *op)
{
	struct ring ring;

	ring_make(0, &ring);
	scenario_begin();
	ring_put(&ring, request, 1);
	if (ring_enter(&ring, 1, 1, 0) != 1)
		scenario_die("io_uring_enter");
	ring_expect(&ring, -EPIPE);
	if (!workers_are_threads())
		scenario_skip("the io_uring workers of this kernel are not threads of the process");
	emit_thread_fact("iou-wrk", fd, requests_keep_fd() ? fd : -1, size, op);
}

static void uring_worker(void)
{
	int fd = connection_broken_pair();
	struct io_uring_sqe request = request_of(IORING_OP_WRITE, fd, IOSQE_ASYNC);

	run_worker(&request, fd, WRITE_BYTES, "IORING_OP_WRITE");
}

static void uring_worker_vector(void)
{
	int fd = connection_broken_pair();
	struct io_uring_sqe request = request_of(IORING_OP_WRITEV, fd, IOSQE_ASYNC);
	struct iovec vectors[] = { { bytes, 5 }, { bytes, 8 } };

	request.addr = (uintptr_t)vectors;
	request.len = 2;
	run_worker(&request, fd, 13, "IORING_OP_WRITEV");
}

/* A thread of the kernel takes the requests from the ring. */
static void uring_poller(void)
{
	int fd = connection_broken_pair();
	struct io_uring_sqe request = request_of(IORING_OP_WRITE, fd, 0);
	struct ring ring;

	ring_make(IORING_SETUP_SQPOLL, &ring);
	if (!workers_are_threads())
		scenario_skip("the io_uring threads of this kernel are not those of the process");
	scenario_begin();
	ring_put(&ring, &request, 1);
	if (ring_enter(&ring, 1, 1, IORING_ENTER_SQ_WAKEUP) < 0)
		scenario_die("io_uring_enter");
	ring_expect(&ring, -EPIPE);
	emit_thread_fact("iou-sqp", fd, fd, WRITE_BYTES, "IORING_OP_WRITE");
}

/* The ring knows the file by an index, which is no fd. */
static struct io_uring_sqe register_file(const struct ring *ring, int fd)
{
	if (syscall(SYS_io_uring_register, ring->fd, IORING_REGISTER_FILES, &fd, 1) < 0)
		scenario_die("IORING_REGISTER_FILES");
	return request_of(IORING_OP_WRITE, 0, IOSQE_FIXED_FILE);
}

static void uring_registered(void)
{
	int fd = connection_broken_pair();
	struct io_uring_sqe request;
	struct ring ring;
	struct fact fact;

	ring_make(0, &ring);
	request = register_file(&ring, fd);
	scenario_begin();
	ring_put(&ring, &request, 1);
	fact_start(&fact);
	fact_identity(&fact);
	fact_uring(&fact, "io_uring_enter", -1, WRITE_BYTES, "IORING_OP_WRITE");
	fact_missing(&fact, "syscall.fd");
	fact_unix(&fact, fd, NULL, NULL, 0);
	fact_killed(&fact);
	fact_emit(&fact, NULL);
	ring_enter(&ring, 1, 1, 0);
	scenario_die("io_uring_enter did not kill");
}

static void uring_poller_registered(void)
{
	int fd = connection_broken_pair();
	struct io_uring_sqe request;
	struct ring ring;

	ring_make(IORING_SETUP_SQPOLL, &ring);
	request = register_file(&ring, fd);
	if (!workers_are_threads())
		scenario_skip("the io_uring threads of this kernel are not those of the process");
	scenario_begin();
	ring_put(&ring, &request, 1);
	if (ring_enter(&ring, 1, 1, IORING_ENTER_SQ_WAKEUP) < 0)
		scenario_die("io_uring_enter");
	ring_expect(&ring, -EPIPE);
	emit_thread_fact("iou-sqp", fd, -1, WRITE_BYTES, "IORING_OP_WRITE");
}

static const struct scenario scenarios[] = {
	{ "aio", aio },
	{ "uring-inline", uring_inline },
	{ "uring-vector", uring_vector },
	{ "uring-chain", uring_chain },
	{ "uring-retried", uring_retried },
	{ "uring-retried-in-kill", uring_retried_in_kill },
	{ "uring-worker", uring_worker },
	{ "uring-worker-vector", uring_worker_vector },
	{ "uring-poller", uring_poller },
	{ "uring-registered", uring_registered },
	{ "uring-poller-registered", uring_poller_registered },
	{ "uring-send", uring_send },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
