/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef IDP_COMMON_HEX_H
#define IDP_COMMON_HEX_H

/* What a hexadecimal digit of either case stands for, or -1: it is none. */
int hex_value(char c);

#endif
