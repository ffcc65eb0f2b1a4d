import { Asking } from './asking.js';
import type { Core } from '../core.js';
import type { Intake } from '../intake.js';
import type { AttemptEvents } from './socket.js';
export declare class Stream extends Asking {
    #private;
    /**
     * @param {Core} core
     * @param {string} name
     * @param {Intake} intake
     * @param {AttemptEvents} events
     * @param {() => void} release gives the open request back
     */
    constructor(core: Core, name: string, intake: Intake, events: AttemptEvents, release: () => void);
    /** @override */
    close(): void;
}
