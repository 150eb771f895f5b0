/* nnopt: the DSP extension of Armv7E-M, one inline function per instruction used.
 *
 * On a core with the extension each function is that instruction; elsewhere it is portable C99
 * with the same bits, so that a kernel written for a Cortex-M4 also runs on the host.
 * A "pair" is two signed 16-bit lanes in one 32-bit register, lane 0 in the low half.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef NNOPT_DSP_H
#define NNOPT_DSP_H

#include <stdint.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && defined(__ORDER_BIG_ENDIAN__)
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#error "nnopt_dsp.h needs a little-endian processor: lane 0 is the byte at the lowest address"
#endif
#endif

/* LDR: four consecutive bytes, the first one lowest; the address need not be aligned. */
static inline int32_t nnopt_load_x4(const void *address)
{
    int32_t word;
    memcpy(&word, address, sizeof word);
    return word;
}

#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__) && !defined(__clang_analyzer__)

/* SXTAB16: accumulator + sign-extended bytes 0 and 2 of `word` rotated right by ROTATION bits.
 * Inline assembly, because gcc does not fold the rotation into the instruction. */
#define NNOPT_EXTEND_ADD(NAME, MNEMONIC, SUFFIX)                                  \
    static inline int32_t NAME(int32_t accumulator, int32_t word)                 \
    {                                                                             \
        int32_t result;                                                           \
        __asm__(MNEMONIC " %0, %1, %2" SUFFIX                                     \
                : "=r"(result)                                                    \
                : "r"(accumulator), "r"(word));                                   \
        return result;                                                            \
    }

NNOPT_EXTEND_ADD(nnopt_sxtab16_ror0, "sxtab16", "")
NNOPT_EXTEND_ADD(nnopt_sxtab16_ror8, "sxtab16", ", ror #8")
NNOPT_EXTEND_ADD(nnopt_sxtab16_ror16, "sxtab16", ", ror #16")
NNOPT_EXTEND_ADD(nnopt_sxtab16_ror24, "sxtab16", ", ror #24")
NNOPT_EXTEND_ADD(nnopt_uxtab16_ror0, "uxtab16", "")
NNOPT_EXTEND_ADD(nnopt_uxtab16_ror8, "uxtab16", ", ror #8")
NNOPT_EXTEND_ADD(nnopt_uxtab16_ror16, "uxtab16", ", ror #16")
NNOPT_EXTEND_ADD(nnopt_uxtab16_ror24, "uxtab16", ", ror #24")
#undef NNOPT_EXTEND_ADD

/* SMLAD: accumulator + lane 0 * lane 0 + lane 1 * lane 1. */
static inline int32_t nnopt_smlad(int32_t lhs, int32_t rhs, int32_t accumulator)
{
    int32_t result;
    __asm__("smlad %0, %1, %2, %3" : "=r"(result) : "r"(lhs), "r"(rhs), "r"(accumulator));
    return result;
}

/* SMLABT: accumulator + lane 0 * lane 1. */
static inline int32_t nnopt_smlabt(int32_t lhs, int32_t rhs, int32_t accumulator)
{
    int32_t result;
    __asm__("smlabt %0, %1, %2, %3" : "=r"(result) : "r"(lhs), "r"(rhs), "r"(accumulator));
    return result;
}

/* SMLATB: accumulator + lane 1 * lane 0. */
static inline int32_t nnopt_smlatb(int32_t lhs, int32_t rhs, int32_t accumulator)
{
    int32_t result;
    __asm__("smlatb %0, %1, %2, %3" : "=r"(result) : "r"(lhs), "r"(rhs), "r"(accumulator));
    return result;
}

/* PKHBT: lane 0 of each, that of `low` below. */
static inline int32_t nnopt_pkhbt(int32_t low, int32_t high)
{
    int32_t result;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(result) : "r"(low), "r"(high));
    return result;
}

/* PKHTB: lane 1 of each, that of `low` below. */
static inline int32_t nnopt_pkhtb(int32_t low, int32_t high)
{
    int32_t result;
    __asm__("pkhtb %0, %2, %1, asr #16" : "=r"(result) : "r"(low), "r"(high));
    return result;
}

/* SMMLA: accumulator + the high 32 bits of the product. */
static inline int32_t nnopt_smmla(int32_t lhs, int32_t rhs, int32_t accumulator)
{
    int32_t result;
    __asm__("smmla %0, %1, %2, %3" : "=r"(result) : "r"(lhs), "r"(rhs), "r"(accumulator));
    return result;
}

/* SMMLAR: accumulator + the high 32 bits of the product, rounded to nearest, ties upwards. */
static inline int32_t nnopt_smmlar(int32_t lhs, int32_t rhs, int32_t accumulator)
{
    int32_t result;
    __asm__("smmlar %0, %1, %2, %3" : "=r"(result) : "r"(lhs), "r"(rhs), "r"(accumulator));
    return result;
}

/* QADD: the sum, saturated. */
static inline int32_t nnopt_qadd(int32_t lhs, int32_t rhs)
{
    int32_t result;
    __asm__("qadd %0, %1, %2" : "=r"(result) : "r"(lhs), "r"(rhs));
    return result;
}

#else

/* The low 16 bits of `value` as a signed lane. */
static inline int32_t nnopt_lane(uint32_t value)
{
    return (int32_t)(value & 0xFFFFu) - (int32_t)((value & 0x8000u) << 1);
}

/* The register with the given bits, without relying on an out-of-range conversion. */
static inline int32_t nnopt_from_bits(uint32_t bits)
{
    int32_t value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline int32_t nnopt_extend_add(uint32_t accumulator, uint32_t word, unsigned rotation,
                                       uint32_t sign)
{
    const uint32_t rotated = (word >> rotation) | (word << ((32u - rotation) & 31u));
    const uint32_t byte0 = rotated & 0xFFu;
    const uint32_t byte2 = (rotated >> 16) & 0xFFu;
    const uint32_t lane0 = accumulator + byte0 - ((byte0 & sign) << 1);
    const uint32_t lane1 = (accumulator >> 16) + byte2 - ((byte2 & sign) << 1);
    return nnopt_from_bits((lane0 & 0xFFFFu) | (lane1 << 16));
}

#define NNOPT_EXTEND_ADD(NAME, ROTATION, SIGN)                                    \
    static inline int32_t NAME(int32_t accumulator, int32_t word)                 \
    {                                                                             \
        return nnopt_extend_add((uint32_t)accumulator, (uint32_t)word, ROTATION, SIGN); \
    }

NNOPT_EXTEND_ADD(nnopt_sxtab16_ror0, 0u, 0x80u)
NNOPT_EXTEND_ADD(nnopt_sxtab16_ror8, 8u, 0x80u)
NNOPT_EXTEND_ADD(nnopt_sxtab16_ror16, 16u, 0x80u)
NNOPT_EXTEND_ADD(nnopt_sxtab16_ror24, 24u, 0x80u)
NNOPT_EXTEND_ADD(nnopt_uxtab16_ror0, 0u, 0x0u)
NNOPT_EXTEND_ADD(nnopt_uxtab16_ror8, 8u, 0x0u)
NNOPT_EXTEND_ADD(nnopt_uxtab16_ror16, 16u, 0x0u)
NNOPT_EXTEND_ADD(nnopt_uxtab16_ror24, 24u, 0x0u)
#undef NNOPT_EXTEND_ADD

static inline int32_t nnopt_smlad(int32_t lhs, int32_t rhs, int32_t accumulator)
{
    const int32_t low = nnopt_lane((uint32_t)lhs) * nnopt_lane((uint32_t)rhs);
    const int32_t high = nnopt_lane((uint32_t)lhs >> 16) * nnopt_lane((uint32_t)rhs >> 16);
    return nnopt_from_bits((uint32_t)accumulator + (uint32_t)low + (uint32_t)high);
}

static inline int32_t nnopt_smlabt(int32_t lhs, int32_t rhs, int32_t accumulator)
{
    const int32_t product = nnopt_lane((uint32_t)lhs) * nnopt_lane((uint32_t)rhs >> 16);
    return nnopt_from_bits((uint32_t)accumulator + (uint32_t)product);
}

static inline int32_t nnopt_smlatb(int32_t lhs, int32_t rhs, int32_t accumulator)
{
    return nnopt_smlabt(rhs, lhs, accumulator);
}

static inline int32_t nnopt_pkhbt(int32_t low, int32_t high)
{
    return nnopt_from_bits(((uint32_t)low & 0xFFFFu) | (uint32_t)high << 16);
}

static inline int32_t nnopt_pkhtb(int32_t low, int32_t high)
{
    return nnopt_from_bits((uint32_t)low >> 16 | ((uint32_t)high & 0xFFFF0000u));
}

static inline int32_t nnopt_smmla(int32_t lhs, int32_t rhs, int32_t accumulator)
{
    const int32_t high = (int32_t)((int64_t)lhs * rhs >> 32);
    return nnopt_from_bits((uint32_t)accumulator + (uint32_t)high);
}

static inline int32_t nnopt_smmlar(int32_t lhs, int32_t rhs, int32_t accumulator)
{
    const int32_t high = (int32_t)(((int64_t)lhs * rhs + ((int64_t)1 << 31)) >> 32);
    return nnopt_from_bits((uint32_t)accumulator + (uint32_t)high);
}

static inline int32_t nnopt_qadd(int32_t lhs, int32_t rhs)
{
    const int64_t sum = (int64_t)lhs + rhs;
    return sum < INT32_MIN ? INT32_MIN : (sum > INT32_MAX ? INT32_MAX : (int32_t)sum);
}

#endif

/* SSAT of 8 bits with a shift, which must be a constant from 1 to 31: x / 2^shift, rounded down and
 * clamped to int8_t. */
#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__) && !defined(__clang__) && defined(__OPTIMIZE__)
static inline __attribute__((always_inline)) int32_t nnopt_ssat8(int32_t x, int32_t shift)
{
    int32_t result;
    __asm__("ssat %0, #8, %1, asr %2" : "=r"(result) : "r"(x), "i"(shift));
    return result;
}
#else
static inline int32_t nnopt_ssat8(int32_t x, int32_t shift)
{
    const int32_t moved = x >> shift;
    return moved < -128 ? -128 : moved > 127 ? 127 : moved;
}
#endif

#endif /* NNOPT_DSP_H */
