import { failure } from "./error.js";

// The pointers of the module's objects. A deep copy of an object must not share one: it would outlive what it points to.

/** What a call on an object comes to that has no pointer: it was freed, or is a copy. */
export const unusable = () => failure("invalid_argument", "the object was freed, or is a copy of one: use the object that the package gave");

/**
 * Gives an object its pointer. The property is not enumerable, so usual copies lack it; what is copied with its descriptors shares the cell, which
 * is empty once the object was freed, and keeps the memory as long as any of them is there.
 */
export function hold(object: object, pointer: number, finalization: FinalizationRegistry<number>): void {
  const cell = { pointer };
  finalization.register(cell, pointer, cell);
  Object.defineProperty(object, "__wbg_ptr", {
    get() {
      if (cell.pointer === 0) throw unusable();
      return cell.pointer;
    },
    set(next: number) {
      cell.pointer = next;
      finalization.unregister(cell);
    },
  });
}
