#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Holds verifier counts against those on file for a kernel. Reads lines "program instructions" and
# prints a line for each program, here or on file: a verdict, "ok" or "not-ok", and a sentence.
set -euo pipefail

kernel=$1 # as in the file: major.minor
file=${2:-$(dirname "$0")/counts.txt}

awk -v kernel="$kernel" -v growth=1.10 '
	FNR == NR {
		if ($1 == kernel)
			filed[$2] = $3
		next
	}
	{ counted[$1] = $2 }
	END {
		for (program in counted) {
			count = counted[program]
			if (!(program in filed))
				print "not-ok " program " on " kernel ": not on file, " count " now"
			else if (count > filed[program] * growth)
				print "not-ok " program " on " kernel ": grew from " filed[program] " to " count
			else
				print "ok " program " on " kernel ": " count " instructions, " filed[program] " on file"
		}
		for (program in filed)
			if (!(program in counted))
				print "not-ok " program " on " kernel ": on file, but not loaded"
	}
' "$file" - | sort
