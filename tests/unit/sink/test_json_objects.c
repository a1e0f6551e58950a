// SPDX-License-Identifier: GPL-2.0-or-later
/* The key "object" of an incident: each type of object has its own keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "json_tree.h"

static struct sample sample;

static void test_pipes(void **state)
{
	struct json_object *tree;

	sample_write(&sample, EV_OBJECT_PIPE);
	sample.incident.object.pipe = (struct ev_pipe){ .writers = 1, .unread_buffers = 3 };
	tree = render(&sample);
	expect(tree, "/object",
	       "{\"type\":\"pipe\",\"inode\":90311,\"nonblocking\":false,\"fd_moved\":false,"
	       "\"readers\":0,\"writers\":1,\"unread_buffers\":3}");
	json_object_put(tree);
	sample.incident.object.type = EV_OBJECT_FIFO;
	sample.incident.object.have_path = true;
	sample_set_path(&sample.incident.object.path, "run/x.fifo");
	sample.incident.object.path.truncated = true;
	tree = render(&sample);
	expect(tree, "/object/path", "\".../run/x.fifo\"");
	expect_missing(tree, "object.path", "cut_off");
	json_object_put(tree);
}

static void test_unix(void **state)
{
	struct incident_object *object = &sample.incident.object;
	struct json_object *tree;

	sample_write(&sample, EV_OBJECT_UNIX);
	object->family = AF_UNIX;
	object->sock_type = SOCK_STREAM;
	object->state = 1;
	object->shutdown = 3;
	tree = render(&sample);
	expect(tree, "/object/socketpair", "null");
	expect(tree, "/object/peer_closed", "null");
	expect(tree, "/object/peer_pid", "null");
	json_object_put(tree);
	object->unix_.flags = EV_UNIX_PEER_HAVE | EV_UNIX_PEER_DEAD;
	object->unix_.peer_shutdown = 1;
	object->unix_.peer_pid = 4321;
	object->error = 104;
	tree = render(&sample);
	expect(tree, "/object/socketpair", "true");
	expect(tree, "/object/peer_closed", "true");
	expect(tree, "/object/peer_shutdown", "[\"read\"]");
	expect(tree, "/object/error", "\"ECONNRESET\"");
	expect(tree, "/object/name_of", "null");
	json_object_put(tree);
	object->unix_.flags = EV_UNIX_PEER_HAVE | EV_UNIX_PATH_IS_PEER;
	object->unix_.peer_inode = 77;
	memcpy(object->unix_.path, "/run/\033", 7);
	object->unix_.path_length = 7;
	tree = render(&sample);
	expect(tree, "/object/path", "\"/run/\\\\x1b\"");
	expect(tree, "/object/abstract", "null");
	expect(tree, "/object/name_of", "\"peer\"");
	expect(tree, "/object/socketpair", "false");
	expect(tree, "/object/peer_inode", "77");
	json_object_put(tree);
	object->unix_.flags = EV_UNIX_PEER_HAVE | EV_UNIX_ABSTRACT;
	memcpy(object->unix_.path, "\0a\0b", 4);
	object->unix_.path_length = 4;
	tree = render(&sample);
	expect(tree, "/object/path", "null");
	expect(tree, "/object/abstract", "\"a\\\\x00b\"");
	expect(tree, "/object/name_of", "\"local\"");
	json_object_put(tree);
}

static void test_inet(void **state)
{
	struct incident_object *object = &sample.incident.object;
	struct json_object *tree;

	sample_tcp(&sample);
	object->tcp.bytes_sent = UINT64_MAX;
	object->error_soft = 113;
	object->state = 200;
	object->peer_port = 0;
	memcpy(object->tcp.raw.ulp, "0123456789abcdef", sizeof(object->tcp.raw.ulp));
	tree = render(&sample);
	expect(tree, "/object/bytes_sent", "18446744073709551615");
	expect(tree, "/object/soft_error", "\"EHOSTUNREACH\"");
	expect(tree, "/object/state", "\"200\"");
	expect(tree, "/object/peer", "null");
	expect_missing(tree, "object.peer", NULL);
	expect(tree, "/object/ulp", "\"0123456789abcdef\"");
	json_object_put(tree);
	object->type = EV_OBJECT_MPTCP;
	json_object_put(render(&sample));
	object->type = EV_OBJECT_SCTP;
	object->have_addresses = false;
	json_object_put(render(&sample));
}

static void test_other_objects(void **state)
{
	struct incident_object *object = &sample.incident.object;
	struct json_object *tree;

	sample_write(&sample, EV_OBJECT_VSOCK);
	object->family = AF_VSOCK;
	object->sock_type = SOCK_STREAM;
	object->state = 8;
	object->vsock = (struct ev_vsock){ 2, 1024, UINT32_MAX, 5000, 3, 0 };
	tree = render(&sample);
	expect(tree, "/object/peer", "{\"cid\":4294967295,\"port\":5000}");
	expect(tree, "/object/peer_shutdown", "[\"read\",\"write\"]");
	json_object_put(tree);
	object->type = EV_OBJECT_SOCKET;
	object->family = 250;
	object->sock_type = 77;
	object->protocol = 5;
	tree = render(&sample);
	expect(tree, "/object/family", "\"250\"");
	expect(tree, "/object/socktype", "\"77\"");
	expect(tree, "/object/protocol", "\"5\"");
	expect(tree, "/object/local", "null");
	json_object_put(tree);
	object->type = EV_OBJECT_FILE;
	object->status = EV_OBJECT_FD_MOVED;
	object->have_path = true;
	sample_set_path(&object->path, "/etc/motd");
	tree = render(&sample);
	expect(tree, "/object",
	       "{\"type\":\"file\",\"inode\":90311,\"nonblocking\":false,\"fd_moved\":true,"
	       "\"path\":\"/etc/motd\"}");
	json_object_put(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pipes),
		cmocka_unit_test(test_unix),
		cmocka_unit_test(test_inet),
		cmocka_unit_test(test_other_objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
