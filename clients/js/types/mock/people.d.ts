export type MockPerson = import('./types.js').MockPerson;
export type World = import('./world.js').World;
/**
 * @param {World} world
 * @param {string} name
 * @param {{password?: string}} [how]
 * @returns {MockPerson}
 */
export declare function personOf(world: World, name: string, { password }?: {
    password?: string;
}): MockPerson;
