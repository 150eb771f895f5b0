// RUN: not nnopt-opt %s -p 'schedule{loop-order="oc","oh","oh"}' 2>&1 | filecheck %s --check-prefix ORDER
// RUN: not nnopt-opt %s -p 'schedule{block=1,9}' 2>&1 | filecheck %s --check-prefix BLOCK
// RUN: not nnopt-opt %s -p 'schedule{isa="avx"}' 2>&1 | filecheck %s --check-prefix ISA

// ORDER: schedule: (C2) order must be a permutation of oh, ow, oc, found ['oc', 'oh', 'oh']
// BLOCK: schedule: (C3) block must be two numbers from 1 to 8
// ISA: schedule: (C4) isa must be one of portable, armv7e-m, helium, rv32im, found avx
