// SPDX-License-Identifier: GPL-2.0-or-later
/* Asynchronous writes: io_submit, and io_uring in the caller or in a worker thread. */
#include <dirent.h>
#include <errno.h>
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "connection.h"
#include "fact.h"
#include "scenario.h"

#define WRITE_BYTES 29

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

static void ring_make(struct ring *ring)
{
	struct io_uring_params *params = &ring->params;

	memset(ring, 0, sizeof(*ring));
	ring->fd = syscall(SYS_io_uring_setup, 1, params);
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

/* Puts the one request into the ring; io_uring_enter submits it. */
static void ring_prepare(struct ring *ring, int opcode, int fd, unsigned int flags)
{
	const struct io_sqring_offsets *offsets = &ring->params.sq_off;
	_Atomic __u32 *tail = (_Atomic __u32 *)(ring->submissions + offsets->tail);
	__u32 *array = (__u32 *)(ring->submissions + offsets->array);

	ring->entries[0] = (struct io_uring_sqe){ .opcode = opcode,
						  .flags = flags,
						  .fd = fd,
						  .addr = (uintptr_t)bytes,
						  .len = WRITE_BYTES };
	array[0] = 0;
	atomic_store_explicit(tail, 1, memory_order_release);
}

static void uring_inline(void)
{
	int fd = connection_broken_pair();
	struct ring ring;
	struct fact fact;

	ring_make(&ring);
	scenario_begin();
	ring_prepare(&ring, IORING_OP_WRITE, fd, 0);
	fact_start(&fact);
	fact_identity(&fact);
	fact_open(&fact, "syscall");
	fact_text(&fact, "name", "io_uring_enter");
	fact_number(&fact, "number", SYS_io_uring_enter);
	fact_number(&fact, "fd", fd);
	fact_json(&fact, "io_uring", "{\"op\":\"IORING_OP_WRITE\"}");
	fact_close(&fact);
	fact_unix(&fact, fd, NULL, NULL, 0);
	fact_killed(&fact);
	fact_emit(&fact, NULL);
	syscall(SYS_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0);
	scenario_die("io_uring_enter did not kill");
}

/* A send through the ring never signals: io_sendmsg_prep() adds MSG_NOSIGNAL. */
static void uring_send(void)
{
	int fd = connection_broken_pair();
	struct ring ring;
	struct fact fact;

	ring_make(&ring);
	scenario_begin();
	ring_prepare(&ring, IORING_OP_SEND, fd, 0);
	fact_start(&fact);
	fact_identity(&fact);
	fact_open(&fact, "syscall");
	fact_text(&fact, "name", "io_uring_enter");
	fact_number(&fact, "fd", fd);
	fact_json(&fact, "io_uring", "{\"op\":\"IORING_OP_SEND\"}");
	fact_close(&fact);
	fact_unix(&fact, fd, NULL, NULL, 0);
	fact_signal(&fact, &(struct signal_fact){ .disposition = "default",
						  .result = "not_sent",
						  .outcome = "suppressed" });
	fact_emit(&fact, NULL);
	syscall(SYS_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0);
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

static void emit_worker_fact(int fd)
{
	struct fact fact;

	fact_start(&fact);
	fact_open(&fact, "process");
	fact_number(&fact, "pid", scenario_pid());
	fact_json(&fact, "thread", "\"iou-wrk-%d\"", scenario_tid());
	fact_close(&fact);
	fact_open(&fact, "syscall");
	fact_json(&fact, "fd", "null");
	fact_json(&fact, "io_uring", "{\"op\":\"IORING_OP_WRITE\"}");
	fact_close(&fact);
	fact_missing(&fact, "syscall.fd");
	fact_unix(&fact, fd, NULL, NULL, 0);
	fact_signal(&fact, &(struct signal_fact){ .disposition = "default",
						  .result = "delivered",
						  .outcome = "pending",
						  .blocked = true });
	fact_emit(&fact, NULL);
}

/* A worker blocks all signals except KILL and STOP: SIGPIPE is generated, but never delivered. */
static void uring_worker(void)
{
	int fd = connection_broken_pair();
	const struct io_uring_cqe *completion;
	struct ring ring;

	ring_make(&ring);
	scenario_begin();
	ring_prepare(&ring, IORING_OP_WRITE, fd, IOSQE_ASYNC);
	if (syscall(SYS_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) != 1)
		scenario_die("io_uring_enter");
	completion = (void *)(ring.completions + ring.params.cq_off.cqes);
	errno = 0;
	if (completion->res != -EPIPE)
		scenario_die("the worker's write returned %d", completion->res);
	if (!workers_are_threads())
		scenario_skip("the io_uring workers of this kernel are not threads of the process");
	emit_worker_fact(fd);
}

static const struct scenario scenarios[] = {
	{ "aio", aio },
	{ "uring-inline", uring_inline },
	{ "uring-worker", uring_worker },
	{ "uring-send", uring_send },
};

int main(int argc, char **argv)
{
	return scenario_main(argc, argv, scenarios, sizeof(scenarios) / sizeof(scenarios[0]));
}
