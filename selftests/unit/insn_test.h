/* SPDX-License-Identifier: GPL-2.0-only */
/* insn_test.h: what the two halves of the insn unit test share. */
#ifndef INSN_TEST_H
#define INSN_TEST_H

#include "../../kmod/insn.h"
#include "ktap.h"

/* insn_exec.c: the arithmetic against the CPU that runs this */
void test_arithmetic(void);
void test_exchange(void);
void test_bits(void);
void test_bit_address(void);
void test_registers(void);

#endif
