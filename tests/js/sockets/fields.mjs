/** The fields of a profile as the wire and the SDKs call them (websocket-contract.md §4.2). */

const kIm = "Tag_Profile_IM_";

/** By property of the SDKs: the tag, what is shown while it is unset, and a value of our own. */
export const kFields = {
  nick: { tag: `${kIm}Nick`, unset: "", value: "小明 😀" },
  avatar: { tag: `${kIm}Image`, unset: "", value: "https://img.example/a.png" },
  gender: { tag: `${kIm}Gender`, unset: "Gender_Type_Unknown", value: "Gender_Type_Female" },
  birthday: { tag: `${kIm}BirthDay`, unset: 0, value: 20190419 },
  location: { tag: `${kIm}Location`, unset: "", value: "深圳" },
  selfSignature: { tag: `${kIm}SelfSignature`, unset: "", value: "a\"b\\c\n<i>" },
  allowType: { tag: `${kIm}AllowType`, unset: "AllowType_Type_AllowAny",
    value: "AllowType_Type_DenyAny" },
  language: { tag: `${kIm}Language`, unset: 0, value: 4294967295 },
  messageSettings: { tag: `${kIm}MsgSettings`, unset: 0, value: 1 },
  adminForbidType: { tag: `${kIm}AdminForbidType`, unset: "AdminForbid_Type_None",
    value: "AdminForbid_Type_SendOut", admin: true },
  level: { tag: `${kIm}Level`, unset: 0, value: 9 },
  role: { tag: `${kIm}Role`, unset: 0, value: 77 },
};

export const kTeam = "Tag_Profile_Custom_Team";
export const kVip = "Tag_Profile_Custom_Vip";
export const kNotes = "Tag_Profile_Custom_Notes";
export const kStandardTags = Object.values(kFields).map(({ tag }) => tag);

const pick = (fields, what) =>
  Object.fromEntries(fields.map(([name, entry]) => [name, entry[what]]));

/** What the SDKs show of an account that set nothing. */
export const kUnsetProperties = pick(Object.entries(kFields), "unset");
/** What they show of one with every standard field set. */
export const kSetProperties = pick(Object.entries(kFields), "value");
/** As `updateMyProfile` takes them from their owner. */
export const kOwnProperties = pick(
  Object.entries(kFields).filter(([, { admin }]) => !admin), "value");

/** Every standard field by tag, as portrait_set takes them. */
export const kSetTags = Object.fromEntries(
  Object.values(kFields).map(({ tag, value }) => [tag, value]));
/** What portrait_get_all gives of an account that set nothing, custom fields aside (§4.4). */
export const kUnsetTags = Object.fromEntries(
  Object.values(kFields).map(({ tag, unset }) => [tag, unset]));

/** The twelve standard properties of a profile object. */
export const standardOf = (profile) =>
  Object.fromEntries(Object.keys(kFields).map((name) => [name, profile[name]]));

/** The custom fields of a profile object, by tag. */
export const customOf = (profile) =>
  Object.fromEntries(profile.profileCustomField.map(({ key, value }) => [key, value]));

/** Properties by tag. */
export const byTag = (properties) => Object.fromEntries(
  Object.entries(properties).map(([name, value]) => [kFields[name].tag, value]));
