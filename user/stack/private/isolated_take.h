/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the answer of a child, which a hostile file may control, to one that is valid. */
#pragma once

#include "isolated_memory.h"

/* FROM: inside of ANSWER. REASON: its reason. */
void isolated_take_stack(const struct isolated_answer *answer, const struct stack *from,
			 enum reason reason, struct stack *ret_stack);
void isolated_take_name(const struct isolated_answer *answer, struct stack_name *ret_name);
/* The file that the child was at when it died or was ended. inode 0: none. */
struct file_id isolated_take_file(const struct file_id *from);
