/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the pipeline does with a record, and what must be true of it whatever the bytes are. */
#pragma once

#include "decode.h"

/* RECORD: in memory of just SIZE bytes, so that a read beyond it is seen. Traps if it is wrong. */
void check_record(struct ev_session *session, const void *record, size_t size);
