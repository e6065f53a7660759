/* A bare Cortex-M of QEMU: vector table, start, a clock, and printing by semihosting. */
#include <stdint.h>

extern uint32_t board_stack_top[];
int main(void);
void board_print(const char *text);
uint32_t board_ticks(void);
void board_start(void);

static int call(int operation, const void *argument) {
  register int r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

void board_print(const char *text) {
  call(0x04, text); /* SYS_WRITE0 */
}

/* SysTick counts down at 25 MHz, 24 bits: under qemu's -icount shift=0 an instruction takes a nanosecond. */
uint32_t board_ticks(void) {
  return 0xffffffu - *(volatile uint32_t *)0xe000e018u;
}

void board_start(void) {
  *(volatile uint32_t *)0xe000e014u = 0xffffffu; /* SysTick: from where it counts, */
  *(volatile uint32_t *)0xe000e010u = 5;         /* by the processor's clock, without interrupts */
#if defined(__ARM_FP)
  *(volatile uint32_t *)0xe000ed88u |= 0xfu << 20; /* CPACR: the floating-point unit is off at reset */
  __asm__ volatile("dsb; isb");
#endif
  call(0x18, main() ? (const void *)0x20024 : (const void *)0x20026); /* SYS_EXIT: error, or done */
  for (;;) {
  }
}

__attribute__((section(".vectors"), used)) static const struct {
  uint32_t *stack;
  void (*start)(void);
} vectors = {board_stack_top, board_start};
