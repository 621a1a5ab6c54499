/**
 * Visits pages in headless Chromium: when they were painted, when they could be used, what went wrong in their scripts, how much of them came.
 */
export { findBrowser } from './chromium.ts';
export { pageDefaults, type PageOptions } from './options.ts';
export { type AskedPage, type PageAsked, visitPages } from './visit.ts';
