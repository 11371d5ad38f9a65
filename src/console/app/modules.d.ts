/** Style sheets are bundled by the build; to the type check they are modules without a value. */
declare module '*.css' {}
