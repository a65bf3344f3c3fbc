// The types of `preact.js`. Ours, not vendored: the packages' own types are found through `paths`
// in tsconfig.json, so they never reach a browser.

export { Fragment, createContext, h, render } from 'preact';
export type {
  ComponentChild,
  ComponentChildren,
  Context,
  FunctionComponent,
  JSX,
  Ref,
  RefObject,
  TargetedEvent,
  TargetedInputEvent,
  TargetedKeyboardEvent,
  TargetedMouseEvent,
  TargetedPointerEvent,
  VNode,
} from 'preact';
export {
  useCallback,
  useContext,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'preact/hooks';
export {
  batch,
  computed,
  effect,
  signal,
  untracked,
  useComputed,
  useSignal,
  useSignalEffect,
} from '@preact/signals';
export type { ReadonlySignal, Signal } from '@preact/signals';

import type { VNode } from 'preact';

/** A template of elements; a placeholder may stand for a tag, a property, or a child. */
export declare function html(strings: TemplateStringsArray, ...values: unknown[]): VNode;
