/**
 * All rules, in the order of STYLE.md.
 */
import { driverLibrariesRule } from './imports/driver-libraries.ts';
import { roomsDrawn } from './imports/rooms-drawn.ts';
import { noCircles } from './imports/no-circles.ts';
import { productWalls } from './imports/product-walls.ts';
import { publicDoors } from './imports/public-doors.ts';
import { roomWalls } from './imports/room-walls.ts';
import { handedIn } from './purity/handed-in.ts';
import { importEffects } from './purity/import-effects.ts';
import { sharedState } from './purity/shared-state.ts';
import type { Rule } from './rule.ts';
import { fileSize } from './shape/file-size.ts';
import { folderSize } from './shape/folder-size.ts';
import { functionSize } from './shape/function-size.ts';
import { names } from './shape/names.ts';
import { promise } from './shape/promise.ts';
import { rooms } from './shape/rooms.ts';
import { units } from './shape/units.ts';

export const rules: readonly Rule[] = [
  productWalls,
  publicDoors,
  roomWalls,
  driverLibrariesRule,
  roomsDrawn,
  handedIn,
  importEffects,
  sharedState,
  noCircles,
  folderSize,
  fileSize,
  functionSize,
  names,
  rooms,
  promise,
  units,
];
