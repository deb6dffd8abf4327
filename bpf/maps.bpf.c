// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* The one definition of every shared map. */
#define MAP
#include "maps.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
