/**
 * @param {object} upload
 * @param {string} upload.url
 * @param {string} upload.method
 * @param {Record<string, string>} upload.headers
 * @param {FormData} upload.body
 * @param {AbortSignal | undefined} upload.signal
 * @param {(progress: {loaded: number, total: number}) => void} upload.onProgress
 * @returns {Promise<any>}
 */
export declare function uploadByXhr({ url, method, headers, body, signal, onProgress }: {
    url: string;
    method: string;
    headers: Record<string, string>;
    body: FormData;
    signal: AbortSignal | undefined;
    onProgress: (progress: {
        loaded: number;
        total: number;
    }) => void;
}): Promise<any>;
