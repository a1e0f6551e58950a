/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The last component of PATH; PATH itself if it has no slash, or ends with one. */
const char *path_leaf(const char *path);
