/* For a build with GLASSGRAD_POISON=1: memory that was not written to yet holds signalling NaNs.

   What reads it gives nan, or an index that crashes, instead of a number that was there by chance.
   Other builds do nothing here. */

#ifndef GLASSGRAD_POISON_H
#define GLASSGRAD_POISON_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef GLASSGRAD_POISON
static inline void poison(void *block, size_t size)
{
    const uint64_t signalling = 0x7ff4dead7ff4dead;
    for (size_t i = 0; block != NULL && i < size; i += sizeof signalling)
        memcpy((char *)block + i, &signalling, size - i < 8 ? size - i : 8);
}
#else
static inline void poison(void *block, size_t size) { (void)block, (void)size; }
#endif

#endif
