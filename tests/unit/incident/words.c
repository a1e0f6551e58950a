// SPDX-License-Identifier: GPL-2.0-or-later
/* Are the names those of the system's headers? Do numbers without a name give NULL? */
#include <errno.h>
#include <linux/io_uring.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "words.h"

static void test_signals(void **state)
{
	char buffer[WORD_SIZE];

	assert_string_equal(word_signal(SIGPIPE, buffer), "SIGPIPE");
	assert_string_equal(word_signal(SIGSYS, buffer), "SIGSYS");
	assert_string_equal(word_signal(32, buffer), "SIG32");
	assert_string_equal(word_signal((uint32_t)SIGRTMIN, buffer), "SIGRTMIN");
	assert_string_equal(word_signal((uint32_t)SIGRTMIN + 3, buffer), "SIGRTMIN+3");
	assert_string_equal(word_signal(64, buffer), "SIGRTMIN+30");
	assert_string_equal(word_signal(65, buffer), "SIG65");
	assert_string_equal(word_signal(UINT32_MAX, buffer), "SIG4294967295");
	assert_string_equal(word_si_code(SIGPIPE, SI_USER), "SI_USER");
	assert_string_equal(word_si_code(SIGPIPE, SI_TKILL), "SI_TKILL");
	assert_string_equal(word_si_code(SIGSEGV, SI_KERNEL), "SI_KERNEL");
	assert_null(word_si_code(SIGPIPE, 1));
	assert_string_equal(word_si_code(SIGSEGV, SEGV_MAPERR), "SEGV_MAPERR");
	assert_string_equal(word_si_code(SIGFPE, FPE_INTDIV), "FPE_INTDIV");
	assert_string_equal(word_si_code(SIGCHLD, CLD_CONTINUED), "CLD_CONTINUED");
	assert_null(word_si_code(SIGSEGV, 77));
}

static void test_enums(void **state)
{
	assert_string_equal(word_outcome(EV_OUTCOME_KILLED), "killed");
	assert_string_equal(word_outcome(EV_OUTCOME_DELIVERED), "delivered");
	assert_string_equal(word_outcome(EV_OUTCOME_EXITED), "exited");
	assert_null(word_outcome((enum ev_outcome)0));
	assert_null(word_outcome((enum ev_outcome)(EV_OUTCOME_LAST + 1)));
	assert_string_equal(word_result(EV_RESULT_NOT_SENT), "not_sent");
	assert_string_equal(word_object_type(EV_OBJECT_VSOCK), "vsock");
	assert_null(word_object_type(EV_OBJECT_NONE));
	for (int status = EV_FD_NO_SYSCALL; status <= EV_FD_URING_WORKER; status++)
		assert_int_not_equal(word_fd_status((enum ev_fd_status)status), WHY_NONE);
	assert_int_equal(word_object_status(EV_OBJECT_NO_FD), WHY_FD_UNKNOWN);
	assert_int_equal(word_object_status(EV_OBJECT_FD_CLOSED), WHY_FD_CLOSED);
	assert_int_equal(word_object_status(EV_OBJECT_REUSED), WHY_FD_REUSED);
	/* The object is known, but its fd is not. */
	assert_int_equal(word_object_status(EV_OBJECT_FD_MOVED), WHY_NONE);
}

static void test_sockets(void **state)
{
	char buffer[WORD_SIZE];

	assert_string_equal(word_family(AF_INET6), "inet6");
	assert_string_equal(word_family(AF_VSOCK), "vsock");
	assert_string_equal(word_family(AF_XDP), "xdp");
	assert_null(word_family(AF_MAX + 100));
	assert_string_equal(word_socktype(SOCK_SEQPACKET), "seqpacket");
	assert_string_equal(word_protocol(AF_INET, 262), "mptcp");
	assert_null(word_protocol(AF_NETLINK, 6));
	assert_string_equal(word_state(7), "CLOSE");
	assert_null(word_state(0));
	assert_null(word_state(255));
	assert_string_equal(word_errno(ECONNRESET, buffer), "ECONNRESET");
	assert_string_equal(word_errno(4000, buffer), "4000");
	assert_string_equal(word_errno(UINT32_MAX, buffer), "4294967295");
}

static void test_uring(void **state)
{
	assert_string_equal(word_uring_op(IORING_OP_WRITE), "IORING_OP_WRITE");
	assert_string_equal(word_uring_op(IORING_OP_SENDMSG), "IORING_OP_SENDMSG");
	assert_string_equal(word_uring_op(IORING_OP_SPLICE), "IORING_OP_SPLICE");
	assert_string_equal(word_uring_op(IORING_OP_SEND_ZC), "IORING_OP_SEND_ZC");
	assert_null(word_uring_op(255));
}

static void test_flags(void **state)
{
	const char *names[WORD_FLAGS_MAX];
	uint64_t rest;

	assert_int_equal(word_flags(EV_FLAGS_MSG, MSG_NOSIGNAL | MSG_DONTWAIT, names, &rest), 2);
	assert_string_equal(names[0], "MSG_DONTWAIT");
	assert_string_equal(names[1], "MSG_NOSIGNAL");
	assert_int_equal(rest, 0);
	assert_in_range(word_flags(EV_FLAGS_MSG, UINT64_MAX, names, &rest), 20, WORD_FLAGS_MAX);
	assert_true(rest & (1ull << 63));
	assert_int_equal(word_flags(EV_FLAGS_SPLICE, 0x12, names, &rest), 1);
	assert_int_equal(rest, 0x10);
	assert_int_equal(word_flags(EV_FLAGS_RWF, 0x100, names, &rest), 1);
	assert_string_equal(names[0], "RWF_NOSIGNAL");
	/* A call without flags: the register has no meaning. */
	assert_int_equal(word_flags(EV_FLAGS_NONE, UINT64_MAX, names, &rest), 0);
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
