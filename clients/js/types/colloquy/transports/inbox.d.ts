import { Asking } from './asking.js';
import type { Core } from '../core.js';
import type { Intake } from '../intake.js';
import type { AttemptEvents } from './socket.js';
export declare class Inbox extends Asking {
    #private;
    /**
     * @param {Core} core
     * @param {Intake} intake
     * @param {AttemptEvents} events
     */
    constructor(core: Core, intake: Intake, events: AttemptEvents);
}
