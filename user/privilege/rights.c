// SPDX-License-Identifier: GPL-2.0-or-later
#include "rights.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define BOTH ((capng_type_t)(CAPNG_EFFECTIVE | CAPNG_PERMITTED))

uint64_t rights_held(void)
{
	uint64_t held = 0;

	if (capng_get_caps_process())
		return 0;
	for (unsigned int number = 0; number <= CAP_LAST_CAP; number++)
		if (capng_have_capability(CAPNG_EFFECTIVE, number))
			held |= RIGHT(number);
	return held;
}

/* Sets in libcap-ng's memory what is to be kept. */
static int choose(uint64_t keep)
{
	capng_clear(CAPNG_SELECT_ALL);
	for (unsigned int number = 0; number <= CAP_LAST_CAP; number++)
		if (keep & RIGHT(number) && capng_update(CAPNG_ADD, BOTH, number))
			return -EINVAL;
	return 0;
}

int rights_keep(uint64_t keep)
{
	int error = choose(keep & rights_held());

	if (error)
		return error;
	return capng_apply(CAPNG_SELECT_CAPS) ? -EPERM : 0;
}

/* False if that failed, which leaves the set as it was. */
static bool change_effective(capng_act_t action, uint64_t rights)
{
	for (unsigned int number = 0; number <= CAP_LAST_CAP; number++)
		if (rights & RIGHT(number) && capng_update(action, CAPNG_EFFECTIVE, number))
			return false;
	return !capng_apply(CAPNG_SELECT_CAPS);
}

bool rights_try_without(uint64_t less, bool (*fn)(const void *context), const void *context)
{
	bool result;

	less &= rights_held();
	if (!change_effective(CAPNG_DROP, less))
		return false;
	result = fn(context);
	return change_effective(CAPNG_ADD, less) && result;
}

/* With all of its capabilities, so that the change of the uid does not clear those to be kept. */
static int become(const struct rights_user *user)
{
	if (setgroups(user->group_count, user->groups))
		return -errno;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) || setresgid(user->gid, user->gid, user->gid) ||
	    setresuid(user->uid, user->uid, user->uid) || prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0))
		return -errno;
	return 0;
}

static int drop_bounding_and_ambient(void)
{
	/* Without this right the bounding set stays, and newer versions of libcap-ng fail. */
	if (rights_held() & RIGHT(CAP_SETPCAP)) {
		capng_clear(CAPNG_SELECT_ALL);
		if (capng_apply(CAPNG_SELECT_BOUNDS))
			return -EPERM;
	}
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) ? -errno : 0;
}

int rights_drop(uint64_t keep, const struct rights_user *user)
{
	static const struct rlimit no_core = { 0, 0 };
	/* Before the uid changes: that clears the effective set. */
	uint64_t kept = keep & rights_held();
	int error = drop_bounding_and_ambient();

	if (!error && user)
		error = become(user);
	if (!error)
		error = choose(kept);
	if (error)
		return error;
	if (capng_apply(CAPNG_SELECT_CAPS))
		return -EPERM;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || setrlimit(RLIMIT_CORE, &no_core) ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return -errno;
	return 0;
}
