/**
 * The twelve standard profile fields by their wire names. Limits, defaults and who may write
 * them: docs/protocol/fields.md §2.
 *
 * @example
 * await webim.getProfilePortrait({
 *   To_Account: ['alice'],
 *   TagList: [webim.Tag.Nick, webim.Tag.Image, 'Tag_Profile_Custom_Team'],
 * });
 */
export const Tag = {
  Nick: 'Tag_Profile_IM_Nick',
  Gender: 'Tag_Profile_IM_Gender',
  BirthDay: 'Tag_Profile_IM_BirthDay',
  Location: 'Tag_Profile_IM_Location',
  SelfSignature: 'Tag_Profile_IM_SelfSignature',
  AllowType: 'Tag_Profile_IM_AllowType',
  Language: 'Tag_Profile_IM_Language',
  Image: 'Tag_Profile_IM_Image',
  MsgSettings: 'Tag_Profile_IM_MsgSettings',
  AdminForbidType: 'Tag_Profile_IM_AdminForbidType',
  Level: 'Tag_Profile_IM_Level',
  Role: 'Tag_Profile_IM_Role',
} as const;

/**
 * The name of one of the twelve standard fields.
 *
 * @example
 * const editable: webim.StandardTag[] = [webim.Tag.Nick, webim.Tag.SelfSignature];
 */
export type StandardTag = (typeof Tag)[keyof typeof Tag];

/**
 * The name of a field the operator configured: `Tag_Profile_Custom_` and one to eight letters, or
 * the older spelling with the application's number in between (docs/protocol/fields.md §3).
 *
 * @example
 * const team: webim.CustomTag = 'Tag_Profile_Custom_Team';
 */
export type CustomTag = `Tag_Profile_Custom_${string}`;

/**
 * The name of any profile field.
 *
 * @example
 * const wanted: webim.Tag[] = ['Tag_Profile_IM_Nick', 'Tag_Profile_Custom_Team'];
 */
export type Tag = StandardTag | CustomTag;

/**
 * The values of `Tag_Profile_IM_Gender`. Unknown is what a server answers for "never set".
 *
 * @example
 * const item = { Tag: webim.Tag.Gender, Value: webim.Gender.Female };
 */
export const Gender = {
  Unknown: 'Gender_Type_Unknown',
  Female: 'Gender_Type_Female',
  Male: 'Gender_Type_Male',
} as const;

/**
 * A value of `Tag_Profile_IM_Gender`.
 *
 * @example
 * const gender: webim.Gender = 'Gender_Type_Male';
 */
export type Gender = (typeof Gender)[keyof typeof Gender];

/**
 * The values of `Tag_Profile_IM_AllowType`: who may add this user as a friend.
 *
 * @example
 * const item = { Tag: webim.Tag.AllowType, Value: webim.AllowType.NeedConfirm };
 */
export const AllowType = {
  NeedConfirm: 'AllowType_Type_NeedConfirm',
  AllowAny: 'AllowType_Type_AllowAny',
  DenyAny: 'AllowType_Type_DenyAny',
} as const;

/**
 * A value of `Tag_Profile_IM_AllowType`.
 *
 * @example
 * const policy: webim.AllowType = 'AllowType_Type_DenyAny';
 */
export type AllowType = (typeof AllowType)[keyof typeof AllowType];

/**
 * The values of `Tag_Profile_IM_AdminForbidType`: whether the operator keeps this user from
 * sending friend requests. Only admins may set it; a user gets 40008.
 *
 * @example
 * const blocked = value === webim.AdminForbidType.SendOut;
 */
export const AdminForbidType = {
  None: 'AdminForbid_Type_None',
  SendOut: 'AdminForbid_Type_SendOut',
} as const;

/**
 * A value of `Tag_Profile_IM_AdminForbidType`.
 *
 * @example
 * const rule: webim.AdminForbidType = 'AdminForbid_Type_None';
 */
export type AdminForbidType = (typeof AdminForbidType)[keyof typeof AdminForbidType];
