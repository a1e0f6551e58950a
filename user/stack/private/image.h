/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One ELF file with all that is known of its code: frame layouts, names, lines. It is independent
 * of processes: addresses are those of the file, so one image serves every process that maps it.
 */
#pragma once

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "deadline.h"
#include "debug_file.h"
#include "elf_file.h"
#include "image_names.h"
#include "machine.h"
#include "reason.h"

struct image;

/* FILE is closed in any case. 0; -ENOEXEC; -errno. */
int image_open(const struct found_file *file, const struct debug_search *search,
	       struct image **ret_image);
/* Of BYTES, which are copied. */
int image_from_memory(const void *bytes, size_t size, struct image **ret_image);
void image_free(struct image *image);

const struct elf_file *image_elf(const struct image *image);
/* Of its file; inode 0: it has none. */
const struct file_id *image_id(const struct image *image);
/* Adds CPU_NS to what it has cost for a question, which has this number. Returns the sum. */
uint64_t image_charge(struct image *image, uint64_t question, uint64_t cpu_ns);
/* Why its debug information is not used; REASON_NONE: it is, or there is none. */
enum reason image_left_out(const struct image *image);
uint16_t image_machine(const struct image *image);
/* STACK_PROGRAM_* of the file. */
uint32_t image_program_marks(struct image *image);
/* Lowercase hex, or NULL. */
const char *image_build_id(const struct image *image);
/* Memory and mapped files, estimated. */
size_t image_bytes(const struct image *image);

/* Frame layouts, .eh_frame first; NULL at the end of the list. */
Dwarf_CFI *image_cfi(struct image *image, unsigned int which);

/* The function that holds ADDRESS by the tables of symbols alone: its start, and its name as it is
 * there. 0 or -ENOENT. */
int image_find_function(struct image *image, uint64_t address, const struct deadline *deadline,
			uint64_t *ret_start, const char **ret_name);
/* Is the code at ADDRESS an entry of the PLT, which jumps to any function? */
bool image_is_plt(const struct image *image, uint64_t address);
/* Made by Go's own compiler, at least in part. */
bool image_is_go(const struct image *image);
/* Never NULL. An answer that the time limit cut short is not cached: the next stack asks again. */
const struct image_names *image_find_names(struct image *image, uint64_t address,
					   const struct deadline *deadline);
