// SPDX-License-Identifier: GPL-2.0-or-later
/* What happened in a world, as one line of JSON. All text in it is the world's own and harmless. */
#include "stage.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

struct text {
	char *at;
	size_t left;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *text, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text->at, text->left, format, args);
	va_end(args);
	if (length < 0 || (size_t)length >= text->left)
		length = text->left ? text->left - 1 : 0;
	text->at += length;
	text->left -= length;
}

static void put_endpoint(struct text *text, const char *key, const struct address *address)
{
	const struct sockaddr_in *in = (const void *)&address->storage;
	const struct sockaddr_in6 *in6 = (const void *)&address->storage;
	bool is_v4 = in->sin_family == AF_INET;
	char name[INET6_ADDRSTRLEN];

	inet_ntop(in->sin_family, is_v4 ? (const void *)&in->sin_addr : &in6->sin6_addr, name,
		  sizeof(name));
	put(text, ",\"%s\":{\"address\":\"%s\",\"port\":%d}", key, name, ntohs(in->sin_port));
}

static void put_identity(struct text *text, const struct identity *who)
{
	put(text,
	    "\"pid\":%d,\"start_ticks\":%llu,\"uid\":%u,\"comm\":\"%s\",\"exe\":\"%s\",\"cmdline\":\"%s\"",
	    who->pid, (unsigned long long)who->start_ticks, who->uid, who->comm, who->exe,
	    who->cmdline);
}

static void put_object(struct text *text, const struct world *world)
{
	const struct sockaddr_un *name = (const void *)&world->server.storage;
	const struct plan *plan = world->plan;
	const char *type = plan->object == OBJECT_PIPE	 ? "pipe"
			   : plan->object == OBJECT_FIFO ? "fifo"
			   : plan_is_tcp(plan)		 ? "tcp"
							 : "unix";

	put(text, ",\"object\":{\"type\":\"%s\",\"inode\":%llu", type,
	    (unsigned long long)world->about.inode);
	if (plan_is_unix(plan))
		put(text, ",\"socktype\":\"%s\"", plan_is_seqpacket(plan) ? "seqpacket" : "stream");
	if (plan_is_unix(plan) && plan_has_name(plan))
		put(text, ",\"%s\":\"%s\"", name->sun_path[0] ? "path" : "abstract",
		    name->sun_path + !name->sun_path[0]);
	if (plan_is_tcp(plan)) {
		put(text, ",\"family\":\"%s\"",
		    world->local.storage.ss_family == AF_INET ? "inet" : "inet6");
		put_endpoint(text, "local", &world->local);
		put_endpoint(text, "peer", &world->peer);
	}
	put(text, "}");
}

static void put_end(struct text *text, const struct member *member)
{
	if (member->end_signal)
		put(text, "{\"code\":null,\"signal\":\"%s\"}",
		    member->end_signal == 9 ? "SIGKILL" : "SIGSEGV");
	else
		put(text, "{\"code\":%d,\"signal\":null}", member->end_code);
}

static void put_closer(struct text *text, const struct closer *closer)
{
	const struct member *member = closer->member;

	put(text, "{");
	put_identity(text, &closer->before);
	put(text, ",\"exe_after\":\"%s\",\"comm_after\":\"%s\",\"cmdline_after\":\"%s\"",
	    member->who.exe, member->who.comm, member->who.cmdline);
	put(text, ",\"tid\":%d,\"before_ns\":%llu,\"after_ns\":%llu,\"exit\":", closer->tid,
	    (unsigned long long)closer->before_ns, (unsigned long long)closer->after_ns);
	if (member->ended)
		put_end(text, member);
	else
		put(text, "null");
	/* Of one that closed first and ended later. */
	if (member->ended && closer->after_ns < member->end_before_ns)
		put(text, ",\"ended\":{\"before_ns\":%llu,\"after_ns\":%llu}",
		    (unsigned long long)member->end_before_ns,
		    (unsigned long long)member->end_after_ns);
	put(text, "}");
}

static const char *outcome(const struct world *world)
{
	const struct plan *plan = world->plan;

	if (plan->no_signal || plan_is_seqpacket(plan))
		return "suppressed";
	switch (plan->disposition) {
	case DISPOSITION_IGNORE:
		return "ignored";
	case DISPOSITION_HANDLER:
		return "handled";
	case DISPOSITION_BLOCKED:
		return "pending";
	default:
		return plan->pid_namespace && plan->writer_is_root ? "protected" : "killed";
	}
}

static void put_writer(struct text *text, const struct world *world)
{
	static const char *const calls[CALL_COUNT] = {
		[CALL_WRITE] = "write",	      [CALL_WRITEV] = "writev",
		[CALL_SEND] = "sendto",	      [CALL_SENDTO] = "sendto",
		[CALL_SENDMSG] = "sendmsg",   [CALL_SENDMMSG] = "sendmmsg",
		[CALL_SENDFILE] = "sendfile", [CALL_SPLICE] = "splice",
		[CALL_TEE] = "tee",	      [CALL_VMSPLICE] = "vmsplice",
	};
	const struct plan *plan = world->plan;
	const char *disposition = plan->disposition == DISPOSITION_IGNORE    ? "ignore"
				  : plan->disposition == DISPOSITION_HANDLER ? "handler"
									     : "default";

	put(text, "\"writer\":{");
	put_identity(text, &world->about.who);
	put(text, ",\"tid\":%d,\"before_ns\":%llu,\"after_ns\":%llu}", world->about.tid,
	    (unsigned long long)world->about.before_ns, (unsigned long long)world->write_after_ns);
	put(text, ",\"syscall\":{\"name\":\"%s\",\"fd\":%d,\"bytes\":%d,\"no_signal\":%s}",
	    calls[plan->call], world->about.fd, plan->bytes, plan->no_signal ? "true" : "false");
	put(text, ",\"outcome\":\"%s\",\"disposition\":\"%s\",\"blocked\":%s", outcome(world),
	    disposition, plan->disposition == DISPOSITION_BLOCKED ? "true" : "false");
	put(text, ",\"end\":");
	if (world->writer_survived && world->writer->ended) {
		put(text, "{\"before_ns\":%llu,\"after_ns\":%llu,\"exit\":",
		    (unsigned long long)world->writer->end_before_ns,
		    (unsigned long long)world->writer->end_after_ns);
		put_end(text, world->writer);
		put(text, "}");
	} else {
		put(text, "null");
	}
}

void truth_write(const struct world *world, char *text, size_t size)
{
	struct text out = { text, size };

	put(&out, "{\"state\":\"ok\",\"met_reset\":%s,", world->met_reset ? "true" : "false");
	put_writer(&out, world);
	put_object(&out, world);
	put(&out, ",\"closers\":[");
	for (int i = 0; i < world->closer_count; i++) {
		put(&out, "%s", i ? "," : "");
		put_closer(&out, &world->closers[i]);
	}
	put(&out, "]");
	if (world->half.member)
		put(&out, ",\"half\":{\"pid\":%d,\"tid\":%d,\"before_ns\":%llu,\"after_ns\":%llu}",
		    world->half.member->who.pid, world->half.tid,
		    (unsigned long long)world->half.before_ns,
		    (unsigned long long)world->half.after_ns);
	put(&out, "}");
}
