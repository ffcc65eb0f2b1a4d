import type { Held } from './needs.js';
export declare class Upkeep {
    #private;
    /** @param {Held} held */
    constructor(held: Held);
    end(): void;
    /** There is a connection: what failed is worth trying again. */
    resume(): void;
    look(): void;
}
