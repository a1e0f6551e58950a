// SPDX-License-Identifier: GPL-2.0-or-later
/* Do the names agree with the system's headers, and does each number without one say so? */
#include <errno.h>
#include <linux/io_uring.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "labels.h"

static void test_signals(void **state)
{
	char buffer[LABEL_SIZE];

	assert_string_equal(label_signal(SIGPIPE, buffer), "SIGPIPE");
	assert_string_equal(label_signal(SIGSYS, buffer), "SIGSYS");
	assert_string_equal(label_signal(32, buffer), "SIG32");
	assert_string_equal(label_signal((uint32_t)SIGRTMIN, buffer), "SIGRTMIN");
	assert_string_equal(label_signal((uint32_t)SIGRTMIN + 3, buffer), "SIGRTMIN+3");
	assert_string_equal(label_signal(64, buffer), "SIGRTMIN+30");
	assert_string_equal(label_signal(65, buffer), "SIG65");
	assert_string_equal(label_signal(UINT32_MAX, buffer), "SIG4294967295");
	assert_string_equal(label_si_code(SI_USER), "SI_USER");
	assert_string_equal(label_si_code(SI_TKILL), "SI_TKILL");
	assert_string_equal(label_si_code(SI_KERNEL), "SI_KERNEL");
	assert_null(label_si_code(1));
}

static void test_enums(void **state)
{
	assert_string_equal(label_outcome(EV_OUTCOME_KILLED), "killed");
	assert_string_equal(label_outcome(EV_OUTCOME_DELIVERED), "delivered");
	assert_null(label_outcome((enum ev_outcome)0));
	assert_null(label_outcome((enum ev_outcome)9));
	assert_string_equal(label_result(EV_RESULT_NOT_SENT), "not_sent");
	assert_string_equal(label_object_type(EV_OBJECT_VSOCK), "vsock");
	assert_null(label_object_type(EV_OBJECT_NONE));
	for (int status = EV_FD_NO_SYSCALL; status <= EV_FD_URING_WORKER; status++)
		assert_non_null(label_fd_status((enum ev_fd_status)status));
	for (int status = EV_OBJECT_NO_FD; status <= EV_OBJECT_FD_MOVED; status++)
		assert_non_null(label_object_status((enum ev_object_status)status));
}

static void test_sockets(void **state)
{
	char buffer[LABEL_SIZE];

	assert_string_equal(label_family(AF_INET6), "inet6");
	assert_string_equal(label_family(AF_VSOCK), "vsock");
	assert_string_equal(label_family(AF_XDP), "xdp");
	assert_null(label_family(AF_MAX + 100));
	assert_string_equal(label_socktype(SOCK_SEQPACKET), "seqpacket");
	assert_string_equal(label_protocol(AF_INET, 262), "mptcp");
	assert_null(label_protocol(AF_NETLINK, 6));
	assert_string_equal(label_state(7), "CLOSE");
	assert_null(label_state(0));
	assert_null(label_state(255));
	assert_string_equal(label_errno(ECONNRESET, buffer), "ECONNRESET");
	assert_string_equal(label_errno(4000, buffer), "4000");
	assert_string_equal(label_errno(UINT32_MAX, buffer), "4294967295");
}

static void test_uring(void **state)
{
	assert_string_equal(label_uring_op(IORING_OP_WRITE), "IORING_OP_WRITE");
	assert_string_equal(label_uring_op(IORING_OP_SENDMSG), "IORING_OP_SENDMSG");
	assert_string_equal(label_uring_op(IORING_OP_SPLICE), "IORING_OP_SPLICE");
	assert_string_equal(label_uring_op(IORING_OP_SEND_ZC), "IORING_OP_SEND_ZC");
	assert_null(label_uring_op(255));
}

static void test_flags(void **state)
{
	const char *names[LABEL_FLAGS_MAX];
	uint64_t rest;

	assert_int_equal(label_flags(EV_FLAGS_MSG, MSG_NOSIGNAL | MSG_DONTWAIT, names, &rest), 2);
	assert_string_equal(names[0], "MSG_DONTWAIT");
	assert_string_equal(names[1], "MSG_NOSIGNAL");
	assert_int_equal(rest, 0);
	assert_in_range(label_flags(EV_FLAGS_MSG, UINT64_MAX, names, &rest), 20, LABEL_FLAGS_MAX);
	assert_true(rest & (1ull << 63));
	assert_int_equal(label_flags(EV_FLAGS_SPLICE, 0x12, names, &rest), 1);
	assert_int_equal(rest, 0x10);
	assert_int_equal(label_flags(EV_FLAGS_RWF, 0x100, names, &rest), 1);
	assert_string_equal(names[0], "RWF_NOSIGNAL");
	/* A call without flags: what stands in the register means nothing. */
	assert_int_equal(label_flags(EV_FLAGS_NONE, UINT64_MAX, names, &rest), 0);
	assert_int_equal(rest, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_signals), cmocka_unit_test(test_enums),
		cmocka_unit_test(test_sockets), cmocka_unit_test(test_uring),
		cmocka_unit_test(test_flags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
