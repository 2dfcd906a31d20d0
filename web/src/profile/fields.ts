import { AllowType, Gender, Tag } from 'webim';
import type { ProfileItem } from '../server';

/** The profile fields this page shows and sets (docs/protocol/fields.md §2, §3). */
export const nickTag = Tag.Nick;
export const genderTag = Tag.Gender;
export const allowTypeTag = Tag.AllowType;
export const imageTag = Tag.Image;
export const signatureTag = Tag.SelfSignature;
const customPrefix = 'Tag_Profile_Custom_';

export const genders = [Gender.Male, Gender.Female, Gender.Unknown] as const;
export const allowTypes = [AllowType.AllowAny, AllowType.NeedConfirm, AllowType.DenyAny] as const;

/** Most bytes of UTF-8 in one text value (docs/protocol/fields.md §1); the server has the say. */
export const maxValueBytes = 500;

/** The tags of a search: the table's columns. */
export const searchTags: string[] = [nickTag, genderTag, allowTypeTag, imageTag];

/** The standard tags of one's own profile. */
export const ownTags: string[] = [...searchTags, signatureTag];

/** Field values by tag; a field that is not set is absent. */
export type Values = Readonly<Record<string, string>>;

export function valuesOf(items: readonly ProfileItem[] | undefined): Values {
  return Object.fromEntries((items ?? []).map((item) => [item.Tag, String(item.Value)]));
}

/** What must be sent to turn `current` into `wanted`: only the fields that differ. */
export function changes(current: Values, wanted: Values): ProfileItem[] {
  return Object.entries(wanted)
    .filter(([tag, value]) => value !== (current[tag] ?? ''))
    .map(([Tag, Value]) => ({ Tag, Value }));
}

/** Full tag names from what a person types: `Test, Tag_Profile_Custom_Team` or the like. */
export function parseCustomTags(text: string): string[] {
  const names = text.split(/[\s,，、;；]+/).filter((name) => name !== '');
  return [...new Set(names.map((name) => (name.startsWith('Tag_') ? name : customPrefix + name)))];
}

/** The name a person knows a custom field by: its keyword. */
export function customLabel(tag: string): string {
  return tag.startsWith(customPrefix) ? tag.slice(customPrefix.length) : tag;
}
