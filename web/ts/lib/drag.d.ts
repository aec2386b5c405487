// The types of vendor/drag.js, which gathers entry points of the package.
export { draggable, dropTargetForElements, monitorForElements } from "../../../.ci/node/node_modules/@atlaskit/pragmatic-drag-and-drop/dist/types/entry-point/element/adapter";
export { dropTargetForExternal, monitorForExternal } from "../../../.ci/node/node_modules/@atlaskit/pragmatic-drag-and-drop/dist/types/entry-point/external/adapter";
export { containsFiles, getFiles } from "../../../.ci/node/node_modules/@atlaskit/pragmatic-drag-and-drop/dist/types/entry-point/external/file";
export { combine } from "../../../.ci/node/node_modules/@atlaskit/pragmatic-drag-and-drop/dist/types/entry-point/combine";
export { reorder } from "../../../.ci/node/node_modules/@atlaskit/pragmatic-drag-and-drop/dist/types/entry-point/reorder";
