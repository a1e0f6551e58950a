// SPDX-License-Identifier: GPL-2.0-or-later
/* The names of the flags of calls. */
#include "words.h"

struct flag_name {
	uint32_t bit;
	const char *name;
};

/* include/linux/socket.h */
static const struct flag_name msg_flags[] = {
	{ 0x1, "MSG_OOB" },
	{ 0x2, "MSG_PEEK" },
	{ 0x4, "MSG_DONTROUTE" },
	{ 0x8, "MSG_CTRUNC" },
	{ 0x10, "MSG_PROBE" },
	{ 0x20, "MSG_TRUNC" },
	{ 0x40, "MSG_DONTWAIT" },
	{ 0x80, "MSG_EOR" },
	{ 0x100, "MSG_WAITALL" },
	{ 0x200, "MSG_FIN" },
	{ 0x400, "MSG_SYN" },
	{ 0x800, "MSG_CONFIRM" },
	{ 0x1000, "MSG_RST" },
	{ 0x2000, "MSG_ERRQUEUE" },
	{ 0x4000, "MSG_NOSIGNAL" },
	{ 0x8000, "MSG_MORE" },
	{ 0x10000, "MSG_WAITFORONE" },
	{ 0x40000, "MSG_BATCH" },
	{ 0x2000000, "MSG_SOCK_DEVMEM" },
	{ 0x4000000, "MSG_ZEROCOPY" },
	{ 0x20000000, "MSG_FASTOPEN" },
	{ 0x40000000, "MSG_CMSG_CLOEXEC" },
	{ 0, NULL },
};
/* include/linux/splice.h */
static const struct flag_name splice_flags[] = {
	{ 0x1, "SPLICE_F_MOVE" },
	{ 0x2, "SPLICE_F_NONBLOCK" },
	{ 0x4, "SPLICE_F_MORE" },
	{ 0x8, "SPLICE_F_GIFT" },
	{ 0, NULL },
};
/* include/uapi/linux/fs.h */
static const struct flag_name rwf_flags[] = {
	{ 0x1, "RWF_HIPRI" },	   { 0x2, "RWF_DSYNC" },
	{ 0x4, "RWF_SYNC" },	   { 0x8, "RWF_NOWAIT" },
	{ 0x10, "RWF_APPEND" },	   { 0x20, "RWF_NOAPPEND" },
	{ 0x40, "RWF_ATOMIC" },	   { 0x80, "RWF_DONTCACHE" },
	{ 0x100, "RWF_NOSIGNAL" }, { 0, NULL },
};

size_t word_flags(enum ev_flags_kind kind, uint64_t flags, const char *ret_names[WORD_FLAGS_MAX],
		  uint64_t *ret_rest)
{
	static const struct flag_name none[] = { { 0, NULL } };
	const struct flag_name *table = none;
	size_t count = 0;

	if (kind == EV_FLAGS_MSG)
		table = msg_flags;
	else if (kind == EV_FLAGS_SPLICE)
		table = splice_flags;
	else if (kind == EV_FLAGS_RWF)
		table = rwf_flags;
	else
		flags = 0;
	for (; table->name; table++) {
		if (!(flags & table->bit))
			continue;
		ret_names[count++] = table->name;
		flags &= ~(uint64_t)table->bit;
	}
	*ret_rest = flags;
	return count;
}
