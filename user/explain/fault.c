// SPDX-License-Identifier: GPL-2.0-or-later
/* The subject "fault": an instruction failed, and the kernel sent the signal. */
#include <signal.h>

#include "fault_stack.h"
#include "fault_words.h"
#include "rule.h"
#include "words.h"

#define SI_CODE_KERNEL 0x80

/* include/uapi/asm-generic/siginfo.h, arch/x86/include/asm/trapnr.h */
enum { MAPERR = 1, ACCERR = 2 };
enum { ADRALN = 1, ADRERR = 2, MCEERR_AR = 4, MCEERR_AO = 5 };
enum { INTDIV = 1 };
enum { STACK_SEGMENT = 12, GENERAL_PROTECTION = 13 };
enum { TRAP_TRACED = 2, TRAP_HARDWARE = 4, TRAP_PERFORMANCE = 6 };

#define LOWEST_MAPPED 65536u /* vm.mmap_min_addr, as it is by default: nothing is mapped below */
#define TMPFS_SLACK 8192u /* pages: what 64 CPUs may not yet have added to the count of a tmpfs */

static const struct ev_fault *seen(const struct incident *incident)
{
	return &incident->fault.seen;
}

static bool is_signal(const struct incident *incident, uint32_t number, int code)
{
	return incident->signal.number == number && incident->signal.code == code;
}

static bool is_mapped(const struct ev_mapping *mapping)
{
	return mapping->end != 0;
}

/* The address and what is mapped there are known. */
static bool is_placed(const struct incident *incident)
{
	uint32_t need = EV_FAULT_HAVE_ADDRESS | EV_FAULT_HAVE_MAPPINGS;

	return incident->fault.have && (seen(incident)->flags & need) == need;
}

/* --- sentences --- */

/* "write to 0x10" */
static void add_access(const struct incident *incident, struct text *text)
{
	static const char *const words[] = {
		[EV_ACCESS_UNKNOWN] = "access to",
		[EV_ACCESS_READ] = "read from",
		[EV_ACCESS_WRITE] = "write to",
		[EV_ACCESS_EXECUTE] = "jump to",
	};

	text_add(text, "%s 0x%llx", words[seen(incident)->access], seen(incident)->address);
}

/* " of /srv/app/cache", or " of anonymous memory" */
static void add_owner(const struct incident *incident, struct text *text)
{
	const struct incident_path *path = &incident->fault.path;

	if (path->have)
		text_add_hostile(text, path->truncated ? " of .../" : " of ", path->text);
	else if (!seen(incident)->at.inode)
		text_add(text, " of anonymous memory");
}

/* " (rw-p) of /srv/app/cache" */
static void add_mapping(const struct incident *incident, struct text *text)
{
	char permissions[WORD_PERMISSIONS_SIZE];

	text_add(text, " (%s)", word_permissions(seen(incident)->at.flags, permissions));
	add_owner(incident, text);
}

static unsigned long long file_offset(const struct ev_fault *fault)
{
	return fault->at.offset + (fault->address - fault->at.start);
}

static void add_file_place(const struct incident *incident, struct text *text)
{
	add_access(incident, text);
	text_add(text, ", byte %llu", file_offset(seen(incident)));
	add_owner(incident, text);
}

static void add_code_name(const struct incident *incident, struct text *text)
{
	const char *name = word_si_code(incident->signal.number, incident->signal.code);

	if (name && incident->signal.code != SI_CODE_KERNEL)
		text_add(text, " (%s)", name);
}

/* --- SIGTRAP, SIGFPE, SIGILL --- */

static bool is_trap(const struct incident *incident)
{
	return incident->signal.number == SIGTRAP;
}

static void tell_trap(const struct incident *incident, struct text *text)
{
	switch (incident->signal.code) {
	case TRAP_TRACED:
		text_add(text, "a single step, and no debugger took it");
		break;
	case TRAP_HARDWARE:
		text_add(text, "a hardware breakpoint or watchpoint, and no debugger took it");
		break;
	case TRAP_PERFORMANCE:
		text_add(text, "a performance counter with sigtrap");
		break;
	default:
		text_add(text,
			 "a breakpoint instruction, and no debugger took it: compilers put "
			 "one where a program must not get (__builtin_trap on some machines)");
	}
	add_code_name(incident, text);
}

static bool is_division(const struct incident *incident)
{
	return is_signal(incident, SIGFPE, INTDIV);
}

static void tell_division(const struct incident *incident, struct text *text)
{
	text_add(text, "an integer was divided by zero, or the quotient was too large for its type "
		       "(the smallest number by -1)");
}

static bool is_float(const struct incident *incident)
{
	return incident->signal.number == SIGFPE;
}

static void tell_float(const struct incident *incident, struct text *text)
{
	text_add(text, "a floating-point exception that the program has enabled");
	add_code_name(incident, text);
}

static bool is_illegal(const struct incident *incident)
{
	return incident->signal.number == SIGILL;
}

static void tell_illegal(const struct incident *incident, struct text *text)
{
	text_add(text, "an instruction that this processor does not know or permit");
	add_code_name(incident, text);
	text_add(text, ": code for another processor, a jump into data, or a place that the "
		       "compiler marks as never reached");
}

/* --- SIGBUS --- */

static bool is_hardware(const struct incident *incident)
{
	return is_signal(incident, SIGBUS, MCEERR_AR) || is_signal(incident, SIGBUS, MCEERR_AO);
}

static void tell_hardware(const struct incident *incident, struct text *text)
{
	if (seen(incident)->flags & EV_FAULT_HAVE_ADDRESS)
		text_add(text, "the memory at 0x%llx has a hardware error",
			 seen(incident)->address);
	else
		text_add(text, "memory of the process has a hardware error");
	add_code_name(incident, text);
}

static bool is_misaligned(const struct incident *incident)
{
	return is_signal(incident, SIGBUS, ADRALN);
}

static void tell_misaligned(const struct incident *incident, struct text *text)
{
	if (seen(incident)->flags & EV_FAULT_HAVE_ADDRESS) {
		add_access(incident, text);
		text_add(text, ", which is misaligned for this instruction");
	} else {
		text_add(text, "an address is misaligned for its instruction");
	}
}

/* Nothing is behind the page, and there is a mapping. */
static bool is_empty_page(const struct incident *incident)
{
	return is_signal(incident, SIGBUS, ADRERR) && is_placed(incident) &&
	       is_mapped(&seen(incident)->at);
}

static bool is_beyond_end(const struct incident *incident)
{
	return is_empty_page(incident) && seen(incident)->at.inode &&
	       file_offset(seen(incident)) >= seen(incident)->at.file_size;
}

static void tell_beyond_end(const struct incident *incident, struct text *text)
{
	add_file_place(incident, text);
	text_add(text, ", which ends at byte %llu: it was truncated, or never that long",
		 seen(incident)->at.file_size);
}

static bool is_huge(const struct incident *incident)
{
	return is_empty_page(incident) && seen(incident)->at.flags & MAPPING_HUGETLB;
}

static void tell_huge(const struct incident *incident, struct text *text)
{
	add_access(incident, text);
	text_add(text, ", in huge pages");
	add_owner(incident, text);
	text_add(text, ": none was free in the pool, in the size of the mount, or in the limit of "
		       "the cgroup");
}

static bool has_tmpfs_limit(const struct incident *incident)
{
	return is_empty_page(incident) && seen(incident)->flags & EV_FAULT_HAVE_BLOCKS &&
	       seen(incident)->blocks_limit;
}

/*
 * No count proves it. Each CPU keeps a part of it, up to max(32, 2 * CPUs) pages more or less, so
 * the sum may be below the limit while the count is above, and the other way round. And a full one
 * is no proof that this page had no room: it may have been in a swap that cannot be read, or the
 * limit of the host's memory (vm.overcommit_memory 2) or a quota was reached.
 */
static bool is_tmpfs_full(const struct incident *incident)
{
	uint64_t limit = seen(incident)->blocks_limit, used = seen(incident)->blocks_used;

	return has_tmpfs_limit(incident) && (used >= limit || limit - used <= TMPFS_SLACK);
}

static void tell_tmpfs_full(const struct incident *incident, struct text *text)
{
	add_file_place(incident, text);
	text_add(text, ": its tmpfs of %llu pages is full", seen(incident)->blocks_limit);
}

static bool is_user_fault(const struct incident *incident)
{
	return is_empty_page(incident) && seen(incident)->at.flags & MAPPING_UFFD_MISSING;
}

static void tell_user_fault(const struct incident *incident, struct text *text)
{
	add_access(incident, text);
	text_add(text, ": the page is missing, and its userfaultfd asks for SIGBUS or is closed");
}

/* A read of a page that a tmpfs does not have yet needs one as well. */
static bool needs_space(const struct incident *incident)
{
	return seen(incident)->access == EV_ACCESS_WRITE ||
	       seen(incident)->flags & EV_FAULT_HAVE_BLOCKS;
}

static void tell_no_page(const struct incident *incident, struct text *text)
{
	if (!seen(incident)->at.inode) {
		add_access(incident, text);
		text_add(text, ": the page could not be read back from swap");
		return;
	}
	add_file_place(incident, text);
	text_add(text, ": its file system or driver could not provide the page: an I/O error%s",
		 needs_space(incident) ? ", or no space for it" : "");
}

/* --- SIGSEGV --- */

static bool is_unknown_address(const struct incident *incident)
{
	return incident->fault.have && incident->signal.code == SI_CODE_KERNEL &&
	       seen(incident)->flags & EV_FAULT_HAVE_TRAP &&
	       (seen(incident)->trap == GENERAL_PROTECTION ||
		seen(incident)->trap == STACK_SEGMENT);
}

static void tell_unknown_address(const struct incident *incident, struct text *text)
{
	text_add(text,
		 "a general protection fault: an address that no memory can have (not canonical), "
		 "an access that must be aligned, or a privileged instruction; the processor does "
		 "not tell the address (trap %u)",
		 seen(incident)->trap);
}

static bool is_null(const struct incident *incident)
{
	return is_signal(incident, SIGSEGV, MAPERR) && is_placed(incident) &&
	       !is_mapped(&seen(incident)->at) && seen(incident)->address < LOWEST_MAPPED;
}

static void tell_null(const struct incident *incident, struct text *text)
{
	add_access(incident, text);
	text_add(text, seen(incident)->address ? ": a null pointer with an offset (nothing is "
						 "mapped below 64 KiB)"
					       : ": a null pointer");
}

static bool is_unmapped(const struct incident *incident)
{
	return is_signal(incident, SIGSEGV, MAPERR) && is_placed(incident) &&
	       !is_mapped(&seen(incident)->at);
}

static void tell_unmapped(const struct incident *incident, struct text *text)
{
	const struct ev_fault *fault = seen(incident);

	add_access(incident, text);
	if (fault->address >> 63) {
		text_add(text, ", an address of the kernel");
		return;
	}
	text_add(text, ": nothing is mapped there");
	if (is_mapped(&fault->below) && fault->address >= fault->below.end)
		text_add(text, "; a mapping ends %llu bytes below",
			 fault->address - fault->below.end);
	if (is_mapped(&fault->above) && fault->above.start > fault->address)
		text_add(text, "; the next one begins %llu bytes above",
			 fault->above.start - fault->address);
}

/* The mapping is there and may be accessed: pte_marker_handle() in mm/memory.c. */
static bool is_guard(const struct incident *incident)
{
	return is_signal(incident, SIGSEGV, MAPERR) && is_placed(incident) &&
	       is_mapped(&seen(incident)->at);
}

static void tell_guard(const struct incident *incident, struct text *text)
{
	add_access(incident, text);
	text_add(text, ", which is mapped");
	add_mapping(incident, text);
	text_add(text, ": the page is a guard (MADV_GUARD_INSTALL), or another thread changed the "
		       "mapping at that moment");
}

static bool is_forbidden(const struct incident *incident, enum ev_access access, uint64_t flag)
{
	return is_signal(incident, SIGSEGV, ACCERR) && is_placed(incident) &&
	       is_mapped(&seen(incident)->at) && seen(incident)->access == access &&
	       !(seen(incident)->at.flags & flag);
}

static bool is_not_writable(const struct incident *incident)
{
	return is_forbidden(incident, EV_ACCESS_WRITE, MAPPING_WRITE);
}

static void tell_not_writable(const struct incident *incident, struct text *text)
{
	add_access(incident, text);
	text_add(text, ": the mapping is not writable");
	add_mapping(incident, text);
}

static bool is_not_executable(const struct incident *incident)
{
	return is_forbidden(incident, EV_ACCESS_EXECUTE, MAPPING_EXEC);
}

static void tell_not_executable(const struct incident *incident, struct text *text)
{
	add_access(incident, text);
	text_add(text, ": the mapping is not executable");
	add_mapping(incident, text);
}

static bool is_no_access(const struct incident *incident)
{
	return incident->signal.number == SIGSEGV && is_placed(incident) &&
	       is_mapped(&seen(incident)->at);
}

static void tell_no_access(const struct incident *incident, struct text *text)
{
	add_access(incident, text);
	text_add(text, ": the access is not permitted");
	add_code_name(incident, text);
	text_add(text, ", the mapping is");
	add_mapping(incident, text);
}

static void tell_unknown(const struct incident *incident, struct text *text)
{
	text_add(text, "a fault");
	add_code_name(incident, text);
	text_add(text, "; what the instruction accessed is not known");
}

const struct rule fault_rules[] = {
	{ "breakpoint", CONFIDENCE_CERTAIN, is_trap, tell_trap, NULL, NULL },
	{ "divide_by_zero", CONFIDENCE_CERTAIN, is_division, tell_division, NULL, NULL },
	{ "floating_point", CONFIDENCE_CERTAIN, is_float, tell_float, NULL, NULL },
	{ "illegal_instruction", CONFIDENCE_CERTAIN, is_illegal, tell_illegal, NULL, NULL },

	{ "hardware_error", CONFIDENCE_CERTAIN, is_hardware, tell_hardware, NULL, NULL },
	{ "misaligned", CONFIDENCE_CERTAIN, is_misaligned, tell_misaligned, NULL, NULL },
	{ "beyond_file_end", CONFIDENCE_CERTAIN, is_beyond_end, tell_beyond_end, NULL, NULL },
	{ "filesystem_full", CONFIDENCE_CERTAIN, is_huge, tell_huge, NULL, NULL },
	{ "filesystem_full", CONFIDENCE_LIKELY, is_tmpfs_full, tell_tmpfs_full, NULL, NULL },
	{ "page_missing", CONFIDENCE_CERTAIN, is_user_fault, tell_user_fault, NULL, NULL },
	{ "io_error", CONFIDENCE_CERTAIN, is_empty_page, tell_no_page, NULL, NULL },

	{ "stack_overflow", CONFIDENCE_CERTAIN, fault_is_stack_overflow, fault_tell_stack_overflow,
	  NULL, NULL },
	{ "address_unknown", CONFIDENCE_CERTAIN, is_unknown_address, tell_unknown_address, NULL,
	  NULL },
	{ "null_pointer", CONFIDENCE_CERTAIN, is_null, tell_null, NULL, NULL },
	{ "not_mapped", CONFIDENCE_CERTAIN, is_unmapped, tell_unmapped, NULL, NULL },
	{ "guard_page", CONFIDENCE_CERTAIN, is_guard, tell_guard, NULL, NULL },
	{ "not_writable", CONFIDENCE_CERTAIN, is_not_writable, tell_not_writable, NULL, NULL },
	{ "not_executable", CONFIDENCE_CERTAIN, is_not_executable, tell_not_executable, NULL,
	  NULL },
	{ "no_access", CONFIDENCE_CERTAIN, is_no_access, tell_no_access, NULL, NULL },
	{ "unknown", CONFIDENCE_UNKNOWN, NULL, tell_unknown, NULL, NULL },
};
