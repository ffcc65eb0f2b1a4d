import type { Core } from '../core.js';
import type { Intake } from '../intake.js';
import type { Attempt, AttemptEvents } from './socket.js';
/** @implements {Attempt} */
export declare class Stream implements Attempt {
    #private;
    /**
     * @param {Core} core
     * @param {string} name
     * @param {Intake} intake
     * @param {AttemptEvents} events
     * @param {() => void} release gives the open request back
     */
    constructor(core: Core, name: string, intake: Intake, events: AttemptEvents, release: () => void);
    send(): boolean;
    close(): void;
    check(): void;
}
