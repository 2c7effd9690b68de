#include "harness/cli/large_pages.h"

#if defined(__linux__) && defined(__GLIBC__)
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#endif

namespace steady::cli {

#if defined(__linux__) && defined(__GLIBC__)

void prefer_large_pages() {
  // What is asked for at once, so that one piece of memory can be marked; untouched pages cost
  // nothing. What does not fit comes as it would have.
  constexpr int kHeap = 256 << 20;
  // Blocks below this come from the heap instead of from mappings of their own.
  constexpr int kLargestBlock = 32 << 20;
  mallopt(M_MMAP_THRESHOLD, kLargestBlock);
  mallopt(M_TRIM_THRESHOLD, kHeap);
  mallopt(M_TOP_PAD, kHeap);
  const auto first = std::make_unique<char[]>(1 << 20);
  constexpr std::uintptr_t kPage = 4096;
  const auto begin = reinterpret_cast<std::uintptr_t>(first.get()) & ~(kPage - 1);
  const auto end = reinterpret_cast<std::uintptr_t>(sbrk(0)) & ~(kPage - 1);
  // With an allocator of its own, a sanitizer's for one, the block is not of that heap.
  if (end > begin && end - begin < 2 * std::uintptr_t{kHeap})
    madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

#else

void prefer_large_pages() {}

#endif

}  // namespace steady::cli
