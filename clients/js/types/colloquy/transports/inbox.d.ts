import type { Core } from '../core.js';
import type { Intake } from '../intake.js';
import type { Attempt, AttemptEvents } from './socket.js';
/** @implements {Attempt} */
export declare class Inbox implements Attempt {
    #private;
    /**
     * @param {Core} core
     * @param {Intake} intake
     * @param {AttemptEvents} events
     */
    constructor(core: Core, intake: Intake, events: AttemptEvents);
    send(): boolean;
    close(): void;
    check(): void;
}
