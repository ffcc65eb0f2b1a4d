export declare class Problem extends Error {
    status: number;
    code: string;
    more: Record<string, any>;
    /**
     * @param {number} status
     * @param {string} code
     * @param {string} detail
     * @param {Record<string, any>} [more]
     */
    constructor(status: number, code: string, detail: string, more?: Record<string, any>);
    /** @param {string} request_id */
    body(request_id: string): {
        type: string;
        title: string;
        status: number;
        detail: string;
        code: string;
        request_id: string;
    };
}
declare const MISSING: {
    readonly bot: readonly ['bot_not_found', 'There is no such bot.'];
    readonly session: readonly ['session_not_found', 'There is no such session.'];
    readonly message: readonly ['message_not_found', 'There is no such message.'];
    readonly user: readonly ['user_not_found', 'There is no such person.'];
    readonly permission: readonly ['permission_not_found', 'This person has no role on the bot.'];
    readonly notification: readonly ['notification_not_found', 'There is no such notification.'];
    readonly connection: readonly ['connection_not_found', 'There is no such connection.'];
    readonly document: readonly ['document_not_found', 'There is no such document.'];
    readonly page: readonly ['not_found', 'There is nothing here.'];
};
/** @param {keyof typeof MISSING} what */
export declare const notFound: (what: keyof typeof MISSING) => Problem;
export declare const unauthenticated: () => Problem;
export declare const badToken: () => Problem;
export declare const badRefresh: () => Problem;
export declare const badCredentials: () => Problem;
export declare const authorOnly: () => Problem;
export declare const adminOnly: () => Problem;
export declare const lastOwner: () => Problem;
export declare const sessionClosed: () => Problem;
export declare const nameTaken: () => Problem;
/** @param {string} role */
export declare const roleNeeded: (role: string) => Problem;
/** @param {Array<[field: string, message: string]>} errors */
export declare const invalid: (...errors: Array<[field: string, message: string]>) => Problem;
export {};
